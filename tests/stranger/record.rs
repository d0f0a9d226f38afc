//! `run --record`: evidence of a run, for machines that can't have the peer.

use predicates::str::contains;
use serde_json::Value;

use super::home::{HONEST, Home, SCRIPT};

/// A peer in a folder of its own, which is here as long as there is a licence.
fn licensed() -> Home {
    let home = Home::new(&format!(
        "{HONEST}[peers.rare]\nlanguage = 'Rare'\ndir = 'rare'\nroles = ['rep']\n\
         command = {SCRIPT}\nsources = ['*.sh', 'lib/*.sh']\n\
         versions = ['sh', 'versions.sh']\n"
    ));
    std::fs::create_dir_all(home.path("interop/rare/lib")).unwrap();
    home.write("interop/rare/rep.sh", "exec \"$@\"\n");
    home.write("interop/rare/lib/common.sh", "# nothing yet\n");
    home.write("interop/rare/README", "no source\n");
    home.write(
        "interop/rare/versions.sh",
        "test -e ../../licence || { echo no licence >&2; exit 1; }\n\
         echo '{\"interpreter\":\"4.1\",\"binding\":\"rare 1.0\"}'\n",
    );
    home.write("licence", "");
    home
}

#[test]
fn evidence_is_told_where_the_peer_is_missing_and_unchanged() {
    let home = licensed();
    home.run(&["--record", "rare"]).success();
    let evidence: Value = serde_json::from_str(&home.read("interop/rare/evidence.json")).unwrap();
    assert_eq!(evidence["peer"], "rare");
    assert_eq!(evidence["interpreter"], "4.1");
    assert_eq!(evidence["cells"], serde_json::json!({"fan-in/all-rare": "pass"}));
    let sources: Vec<_> = evidence["sources"].as_object().unwrap().keys().collect();
    assert_eq!(sources, ["lib/common.sh", "rep.sh", "versions.sh"]);

    std::fs::remove_file(home.path("licence")).unwrap();
    let date = evidence["date"].as_str().unwrap()[..10].to_owned();
    let verified = format!("verified on {date} with 4.1: 1 of 1 cells passed");
    home.run(&[]).success().stdout(contains(format!("rare    skipped: no licence; {verified}")));
    assert!(home.read("report/index.html").contains(&verified));
    home.write("interop/rare/lib/common.sh", "# something\n");
    let changed = format!("what was verified on {date} has changed since");
    home.run(&[]).success().stdout(contains(changed));
}

#[test]
fn nothing_is_recorded_of_who_took_no_part() {
    let home = licensed();
    std::fs::remove_file(home.path("licence")).unwrap();
    for words in [&["--record", "rare"][..], &["--record", "rare", "--cell", "fan-in/all-honest"]] {
        home.run(words).code(2).stderr(contains("--record rare: it is not here or took no part"));
    }
    assert!(!home.path("interop/rare/evidence.json").exists());
}
