//! Peers that are reached through a launcher: env(1), and another network namespace as the stand-in for
//! another machine.

use std::process::Command;

use libtest_mimic::{Completion, Failed, Trial};

use super::run::{Liar, Place};
use super::{skip, test};

const ALL: &[&str] = &["push", "req", "rep", "c", "msgqueue", "mrep", "mreq"];

pub fn trials() -> Vec<Trial> {
    vec![
        test("a_launcher_before_everybody", launched),
        test("a_launcher_that_fails_is_told_in_its_words", failing),
        skip::unless(lacks_busybox(), "a_far_side_that_is_busybox", || {
            busybox();
            Ok(())
        }),
        Trial::ignorable_test("a_peer_on_another_network", another_network),
        Trial::ignorable_test("conformance_between_two_other_networks", two_networks),
    ]
}

fn launched() {
    let more = "launcher = ['env', 'LIAR_FROM=far']";
    let place = Place::new(&[Liar { name: "liar", lie: "honest", roles: ALL, more }]);
    let run = place.run(&["--peer=liar", "--jobs=3", "--suite=scenarios"]);
    assert_eq!(run.code(), Some(0), "{}", run.text());
    assert_eq!(run.count("pass"), 7, "{}", run.text());
}

fn failing() {
    let more = "launcher = ['sh', '-c', 'echo no such container >&2; exit 125']";
    let place = Place::new(&[Liar { name: "far", lie: "honest", roles: ALL, more }]);
    let run = place.run(&["--peer=far,rust", "--cell=fan-in/all-far"]);
    assert_eq!(run.code(), Some(1), "{}", run.text());
    assert!(run.text().contains("no such container (exited with 125)"), "{}", run.text());
}

fn lacks_busybox() -> Option<String> {
    let here = Command::new("busybox").arg("true").status().is_ok_and(|status| status.success());
    (!here).then(|| "needs busybox".into())
}

/// Its shell and commands are those of small containers.
fn busybox() {
    let commands = tempfile::tempdir().unwrap();
    let installed =
        Command::new("busybox").args(["--install", "-s"]).arg(commands.path()).status().unwrap();
    assert!(installed.success());
    let more = format!("launcher = ['env', 'PATH={}']", commands.path().display());
    let far = Liar { name: "far", lie: "honest", roles: ALL, more: &more };
    let run = Place::new(&[far]).run(&["--peer=far", "--jobs=3", "--suite=scenarios"]);
    assert_eq!((run.code(), run.count("pass")), (Some(0), 7), "{}", run.text());
}

/// A namespace joined to ours by a cable; both go with it.
struct Network {
    name: String,
    here: String,
    there: String,
}

impl Network {
    fn new() -> Result<Network, String> {
        let n = std::process::id();
        let (net, low, name) = (unused()?, n % 60 * 4, format!("zi{n}"));
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

/// The first three numbers of addresses for documentation (RFC 5737) of which this machine has none: a
/// virtual machine's own network may be one of them. Those of another run of this test share well.
fn unused() -> Result<&'static str, String> {
    let known = ip("-4 -o addr")? + &ip("-4 route")?;
    let all = ["203.0.113", "198.51.100", "192.0.2"];
    let known: Vec<&str> = known.lines().filter(|line| !line.contains(" zi")).collect();
    let free =
        all.into_iter().find(|net| !known.iter().any(|line| line.contains(&format!("{net}."))));
    free.ok_or(format!("this machine has addresses of all of {all:?}"))
}

fn ip(words: &str) -> Result<String, String> {
    let output = Command::new("ip").args(words.split(' ')).output();
    let output = output.map_err(|e| format!("ip(8): {e}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("ip {words}: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}

fn another_network() -> Result<Completion, Failed> {
    let network = match Network::new() {
        Ok(network) => network,
        Err(why) => return Ok(Completion::ignored_with(format!("needs root on Linux: {why}"))),
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

/// What libzmq 4.3.4, which is the library of both ends, is known not to do, wherever its peer is.
const KNOWN: &[&str] = &["sub-long-topic", "sub-long-topic-xpub", "life-many-subs-hwm"];

/// All cases hold between two machines of which the harness is neither, and those that are about one
/// machine are not tried.
fn two_networks() -> Result<Completion, Failed> {
    let two = match Two::new() {
        Ok(two) => two,
        Err(why) => return Ok(Completion::ignored_with(format!("needs root on Linux: {why}"))),
    };
    let me = env!("CARGO_BIN_EXE_zmq-interop");
    let [east, west] = [0, 1].map(|end| {
        let (name, address) = (&two.0[end], Two::ADDRESSES[end]);
        format!(
            "agent = ['{me}', 'agent']\nlauncher = ['ip', 'netns', 'exec', '{name}']\nhost = '{address}'"
        )
    });
    let peer = |name, more| Liar { name, lie: "honest", roles: &[], more };
    let place = Place::new(&[peer("east", &east), peer("west", &west)]);
    let run = place.run(&["--peer=east,west", "--suite=conformance", "--cell=*/east-west"]);
    let of = |cell: &serde_json::Value| cell["id"].as_str().unwrap_or_default().to_owned();
    let case = |id: &str| id.split(['/', '+']).next().unwrap_or_default().to_owned();
    let failed = run.cells().iter().filter(|cell| cell["verdict"] == "fail").map(of);
    let failed: Vec<String> = failed.filter(|id| !KNOWN.contains(&case(id).as_str())).collect();
    let skipped = run.cells().iter().filter(|cell| cell["verdict"] == "skipped").map(of);
    let skipped: Vec<String> =
        skipped.map(|id| case(&id)).filter(|case| !case.starts_with("tr-")).collect();
    match failed.is_empty() && skipped.is_empty() && run.count("pass") > 120 {
        true => Ok(Completion::Completed),
        false => Err(format!("{failed:?} failed, {skipped:?} skipped: {}", run.text()).into()),
    }
}
