//! Network namespaces as the stand-in for other hosts.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;

use libtest_mimic::{Completion, Failed, Trial};

use super::ends::DEADLINE;
use super::run::{Liar, Place};
use super::{ALL, skip};

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::ignorable_test("a_peer_on_another_network", another_network),
        Trial::ignorable_test("conformance_between_two_other_networks", two_networks),
        Trial::ignorable_test("three_hosts_and_a_cut_that_heals", three_hosts),
        Trial::ignorable_test("an_address_out_of_reach_is_told_first", out_of_reach),
    ]
}

/// A namespace joined to ours by a cable; both go with it.
struct Network {
    name: String,
    here: String,
    there: String,
}

impl Network {
    fn new() -> Result<Network, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (pid, n) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let (net, low, name) =
            (unused()?[0], (pid + n) % 60 * 4, format!("zi{pid}{}", ["m", "n"][n as usize % 2]));
        let network = Network {
            here: format!("{net}.{}", low + 1),
            there: format!("{net}.{}", low + 2),
            name: name.clone(),
        };
        ip(&format!("netns add {name}"))?;
        ip(&format!("link add {name}a type veth peer name {name}b netns {name}"))?;
        ip(&format!("addr add {}/30 dev {name}a", network.here))?;
        ip(&format!("link set {name}a up"))?;
        ip(&format!("-n {name} addr add {}/30 dev {name}b", network.there))?;
        ip(&format!("-n {name} link set {name}b up"))?;
        ip(&format!("-n {name} link set lo up"))?;
        Ok(network)
    }
}

/// Two namespaces that are joined to each other and to nobody else; the cable goes with them.
struct Two([String; 2]);

impl Two {
    const ADDRESSES: [&str; 2] = ["198.51.100.1", "198.51.100.2"];

    fn new() -> Result<Two, String> {
        let n = std::process::id();
        let two = Two(["e", "w"].map(|end| format!("zi{end}{n}")));
        let [east, west] = &two.0;
        for name in &two.0 {
            ip(&format!("netns add {name}"))?;
            ip(&format!("-n {name} link set lo up"))?;
        }
        ip(&format!("-n {east} link add {east} type veth peer name {west} netns {west}"))?;
        for (name, address) in two.0.iter().zip(Two::ADDRESSES) {
            ip(&format!("-n {name} addr add {address}/30 dev {name}"))?;
            ip(&format!("-n {name} link set {name} up"))?;
        }
        Ok(two)
    }
}

impl Drop for Two {
    fn drop(&mut self) {
        for name in &self.0 {
            let _ = ip(&format!("netns del {name}"));
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = ip(&format!("link del {}a", self.name));
        let _ = ip(&format!("netns del {}", self.name));
    }
}

/// The first three numbers of two ranges of addresses for documentation (RFC 5737) of which this machine has none: a
/// virtual machine's own network may be one of them. Those of another run of this test share well.
fn unused() -> Result<[&'static str; 2], String> {
    let known = ip("-4 -o addr")? + &ip("-4 route")?;
    let all = ["203.0.113", "198.51.100", "192.0.2"];
    let known: Vec<&str> = known.lines().filter(|line| !line.contains(" zi")).collect();
    let is_free = |net: &&str| !known.iter().any(|line| line.contains(&format!("{net}.")));
    let free: Vec<_> = all.into_iter().filter(is_free).take(2).collect();
    free.try_into().map_err(|_| format!("this machine has addresses of two of {all:?}"))
}

fn ip(words: &str) -> Result<String, String> {
    let output = Command::new("ip").args(words.split(' ')).output();
    let output = output.map_err(|e| format!("ip(8): {e}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("ip {words}: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}

/// Three namespaces and ours, joined by a switch in a fourth one.
struct Star {
    name: String,
    here: String,
    there: [String; 3],
}

impl Star {
    const HOSTS: [&str; 3] = ["b", "s", "c"];

    fn new() -> Result<Star, String> {
        let n = std::process::id();
        let (net, low, name) = (unused()?[1], n % 30 * 8, format!("zi{n}s"));
        let at = |host: u32| format!("{net}.{}", low + host);
        let star = Star { here: at(1), there: [2, 3, 4].map(at), name: name.clone() };
        ip(&format!("netns add {name}"))?;
        ip(&format!("-n {name} link add switch type bridge"))?;
        ip(&format!("-n {name} link set switch up"))?;
        ip(&format!("link add {name} type veth peer name here netns {name}"))?;
        ip(&format!("addr add {}/29 dev {name}", star.here))?;
        ip(&format!("link set {name} up"))?;
        for (host, address) in Star::HOSTS.iter().zip(&star.there) {
            ip(&format!("netns add {name}{host}"))?;
            ip(&format!("-n {name}{host} link add cable type veth peer name {host} netns {name}"))?;
            ip(&format!("-n {name}{host} addr add {address}/29 dev cable"))?;
            ip(&format!("-n {name}{host} link set cable up"))?;
            ip(&format!("-n {name}{host} link set lo up"))?;
        }
        for end in Star::HOSTS.iter().chain(&["here"]) {
            ip(&format!("-n {name} link set dev {end} master switch"))?;
            ip(&format!("-n {name} link set dev {end} up"))?;
        }
        Ok(star)
    }

    /// The lines of a manifest that put a peer on host number `n`.
    fn place(&self, n: usize) -> String {
        let (name, host) = (&self.name, Star::HOSTS[n]);
        format!("launcher = ['ip', 'netns', 'exec', '{name}{host}']\nhost = '{}'\n", self.there[n])
    }

    /// Cuts host number `n` off from all others, or heals that.
    fn cable(&self, n: usize, state: &str) {
        ip(&format!("-n {} link set dev {} {state}", self.name, Star::HOSTS[n])).unwrap();
    }
}

impl Drop for Star {
    fn drop(&mut self) {
        for host in Star::HOSTS.iter().chain(&[""]) {
            let _ = ip(&format!("netns del {}{host}", self.name));
        }
    }
}

/// Broker, servers and clients are on three hosts. While the clients are cut off they wait, and once that is healed they
/// get what they asked for.
fn three_hosts() -> Result<Completion, Failed> {
    let star = match Star::new() {
        Ok(star) => star,
        Err(why) => return skip::or_fail(format!("needs root on Linux: {why}")),
    };
    let host = format!("--host={}", star.here);
    let at = [0, 1, 2].map(|n| star.place(n));
    let honest = |name, roles, more| Liar { name, lie: "honest", roles, more };
    let place = Place::new(&[
        honest("broker", &["msgqueue"], &at[0]),
        honest("server", &["rep", "mrep"], &at[1]),
        honest("client", &["c", "mreq"], &at[2]),
    ]);
    let peers = "--peer=broker,server,client";
    let run = place.run(&[&host, peers, "--jobs=3", "--suite=scenarios"]);
    if (run.code(), run.count("pass")) != (Some(0), 6) {
        return Err(run.text().into());
    }
    // Of the blackout's servers the second begins once the clients were cut off, too, and are not any more.
    let [started, may, heard] = ["started", "may", "heard"].map(|name| place.path(name));
    assert!(Command::new("mkfifo").args([&started, &may, &heard]).status().unwrap().success());
    let me = std::env::current_exe().unwrap().display().to_string();
    let script = |role: &str, script: String| {
        format!(
            "commands.{role} = ['sh', '-c', '{script}', '{me}', '--liar', 'honest', '{role}']\n"
        )
    };
    // Not that which shows whether it is reached.
    let gate = format!(
        "case $ZMQ_INTEROP_MARK in *.reach.) ;; *) echo >{}; read -r go <{} ;; esac; exec \"$0\" \"$@\"",
        started.display(),
        may.display()
    );
    let server = at[1].clone() + &script("mrep", gate);
    let client =
        at[2].clone() + &script("mreq", format!("\"$0\" \"$@\" | tee {}", heard.display()));
    place.declare(&[
        honest("broker", &["msgqueue"], &at[0]),
        honest("server", &["rep"], &server),
        honest("client", &["c"], &client),
    ]);
    let cell = "--cell=blackout/all-broker-all";
    let harness = place
        .command(&[&host, peers, "--timeout=60", cell])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Open at both ends, so that none of them ends with one of its writers.
    let lines = |path| {
        let fifo = OpenOptions::new().read(true).write(true).open(path).unwrap();
        let (tell, lines) = mpsc::channel();
        std::thread::spawn(move || {
            BufReader::new(fifo).lines().map_while(Result::ok).all(|line| tell.send(line).is_ok())
        });
        lines
    };
    let (started, heard) = (lines(started), lines(heard));
    let next = |n: usize| {
        started.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("server {n} is not started"));
    };
    let mut may = OpenOptions::new().read(true).write(true).open(&may).unwrap();
    let mut begin = || may.write_all(b"go\n").unwrap();
    next(1);
    begin();
    next(2);
    star.cable(2, "down");
    let _before = heard.try_iter().count();
    let mut cut_off = std::iter::from_fn(|| heard.recv_timeout(DEADLINE).ok());
    let resent = cut_off.by_ref().filter(|line| line.contains("\"resent\"")).take(2).count();
    star.cable(2, "up");
    begin();
    for n in [3, 4] {
        next(n);
        begin();
    }
    let output = harness.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let cell = &place.report()["cells"][0];
    match resent == 2 && cell["verdict"] == "pass" {
        true => Ok(Completion::Completed),
        false => Err(format!("{resent} resent: {text}").into()),
    }
}

/// Who is out of reach is told before the first cell, and nothing is played.
fn out_of_reach() -> Result<Completion, Failed> {
    let network = match Network::new() {
        Ok(network) => network,
        Err(why) => return skip::or_fail(format!("needs root on Linux: {why}")),
    };
    let me = env!("CARGO_BIN_EXE_zmq-interop");
    let far = |host: &str| {
        format!(
            "engine = 'libzmq'\nversions = ['{me}', 'versions']\nagent = ['{me}', 'agent']\nlauncher = ['ip', 'netns', 'exec', '{}']\nhost = '{host}'",
            network.name
        )
    };
    let run = |host: &str, here: &str| {
        let place =
            Place::new(&[Liar { name: "far", lie: "honest", roles: &["c"], more: &far(host) }]);
        let run = place.run(&[&format!("--host={here}"), "--peer=far,rust", "--cell=req-basic/*"]);
        (run.code(), run.text(), run.cells().len())
    };
    for (host, here, told) in [
        (
            network.there.as_str(),
            "127.0.0.1",
            "127.0.0.1 (where rust would bind) is out of reach of far:",
        ),
        (
            "192.0.2.77",
            network.here.as_str(),
            "192.0.2.77 (where far would bind) is out of reach of far:",
        ),
    ] {
        let (code, text, cells) = run(host, here);
        let whole = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if code != Some(2) || cells > 0 || !whole.contains(told) || !whole.contains("--host takes")
        {
            return Err(text.into());
        }
    }
    let (code, text, _) = run(&network.there, &network.here);
    if code != Some(0) { Err(text.into()) } else { Ok(Completion::Completed) }
}

fn another_network() -> Result<Completion, Failed> {
    let network = match Network::new() {
        Ok(network) => network,
        Err(why) => return skip::or_fail(format!("needs root on Linux: {why}")),
    };
    let more = format!(
        "launcher = ['ip', 'netns', 'exec', '{}']\nhost = '{}'",
        network.name, network.there
    );
    let host = format!("--host={}", network.here);
    let far = Liar { name: "far", lie: "honest", roles: ALL, more: &more };
    let run = Place::new(&[far]).run(&[&host, "--peer=far,rust", "--jobs=3", "--suite=scenarios"]);
    if run.code() != Some(0) || run.count("pass") < 7 {
        return Err(run.text().into());
    }
    // The second look, with its taps, reaches across too.
    let far = Liar { name: "far", lie: "swap", roles: &["mrep"], more: &more };
    let run = Place::new(&[far]).run(&[&host, "--peer=far,rust", "--cell=broker/rust-rust-far"]);
    let failure = &run.cells()[0]["failure"];
    match failure["cause"] == "wrong-answer" && failure["blame"][0]["name"] == "far mrep" {
        true => Ok(Completion::Completed),
        false => Err(run.text().into()),
    }
}

/// All cases hold between two machines of which the harness is neither, and those that are about one
/// machine are not tried.
fn two_networks() -> Result<Completion, Failed> {
    let two = match Two::new() {
        Ok(two) => two,
        Err(why) => return skip::or_fail(format!("needs root on Linux: {why}")),
    };
    let me = env!("CARGO_BIN_EXE_zmq-interop");
    let [east, west] = [0, 1].map(|end| {
        let (name, address) = (&two.0[end], Two::ADDRESSES[end]);
        format!(
            "engine = 'libzmq'\nversions = ['{me}', 'versions']\nagent = ['{me}', 'agent']\nlauncher = ['ip', 'netns', 'exec', '{name}']\nhost = '{address}'"
        )
    });
    let peer = |name, more| Liar { name, lie: "honest", roles: &[], more };
    let place = Place::new(&[peer("east", &east), peer("west", &west)]);
    let run = place.run(&["--peer=east,west", "--suite=conformance", "--cell=*/east-west"]);
    let of = |cell: &serde_json::Value| cell["id"].as_str().unwrap_or_default().to_owned();
    let failed = run.cells().iter().filter(|cell| cell["verdict"] == "fail").map(of);
    let failed: Vec<String> = failed.collect();
    // Nobody stands between the two, their kernel may be another one, and they may be two machines.
    let right = |cell: &&serde_json::Value| {
        let reason = cell["reason"].as_str().unwrap_or_default();
        let known = ["can't stand between", "the kernel under", "about one machine"];
        known.iter().any(|why| reason.contains(why))
    };
    let skipped = run.cells().iter().filter(|cell| cell["verdict"] == "skipped");
    let skipped: Vec<String> = skipped.filter(|cell| !right(cell)).map(of).collect();
    match failed.is_empty() && skipped.is_empty() && run.count("pass") > 120 {
        true => Ok(Completion::Completed),
        false => Err(format!("{failed:?} failed, {skipped:?} skipped: {}", run.text()).into()),
    }
}
