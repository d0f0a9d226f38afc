//! Peers that are reached through a launcher: env(1), and another network namespace as the stand-in for
//! another machine.

use std::process::Command;

use libtest_mimic::{Completion, Failed, Trial};

use super::run::{Liar, Place};
use super::test;

const ALL: &[&str] = &["push", "req", "rep", "c", "msgqueue", "mrep", "mreq"];

pub fn trials() -> Vec<Trial> {
    vec![
        test("a_launcher_before_everybody", launched),
        Trial::ignorable_test("a_peer_on_another_network", another_network),
    ]
}

fn launched() {
    let more = "launcher = ['env', 'LIAR_FROM=far']";
    let place = Place::new(&[Liar { name: "liar", lie: "honest", roles: ALL, more }]);
    let run = place.run(&["--peer=liar", "--jobs=3", "--suite=scenarios"]);
    assert_eq!(run.code(), Some(0), "{}", run.text());
    assert_eq!(run.count("pass"), 7, "{}", run.text());
}

/// A namespace joined to ours by a cable; both go with it.
struct Network {
    name: String,
    here: String,
    there: String,
}

impl Network {
    fn new() -> Result<Network, String> {
        // Addresses for documentation (RFC 5737), so that nothing real is shadowed.
        let n = std::process::id();
        let (low, name) = (n % 60 * 4, format!("zi{n}"));
        let network = Network {
            here: format!("192.0.2.{}", low + 1),
            there: format!("192.0.2.{}", low + 2),
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

impl Drop for Network {
    fn drop(&mut self) {
        let _ = ip(&format!("link del {}a", self.name));
        let _ = ip(&format!("netns del {}", self.name));
    }
}

fn ip(words: &str) -> Result<(), String> {
    let output = Command::new("ip").args(words.split(' ')).output();
    let output = output.map_err(|e| format!("ip(8): {e}"))?;
    match output.status.success() {
        true => Ok(()),
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
