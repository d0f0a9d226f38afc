//! Programs that can't be started are named for what is wrong with them, and it is they who are to blame.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

use super::home::{HONEST, Home};

/// A peer whose programs are files beside its manifest.
fn odd(more: &str) -> Home {
    Home::new(&format!(
        "{HONEST}[peers.odd]\nlanguage = 'shell'\nroles = ['rep']\ncommand = ['./rep', '{{role}}']\n{more}\n"
    ))
}

fn script(home: &Home, name: &str, text: &str, mode: u32) {
    let name = format!("interop/{name}");
    home.write(&name, text);
    fs::set_permissions(home.path(&name), fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_role() {
    for (text, mode, words) in [
        ("#!/bin/sh\n", 0o644, "rep is not executable: chmod +x makes it so"),
        ("#!/opt/no/such/ruby\n", 0o755, "rep: its interpreter /opt/no/such/ruby is not there"),
        ("#!/bin/sh\r\nexit 0\r\n", 0o755, "rep: its `#!` line ends in a carriage return"),
        ("#!/usr/bin/env sh\r\n", 0o755, "it was saved with Windows line ends"),
    ] {
        let home = odd("");
        script(&home, "rep", text, mode);
        home.run(&["--cell", "fan-in/all-odd"]).code(1).stdout(contains(words));
        let failure = home.json()["cells"][0]["failure"].clone();
        assert_eq!(failure["cause"], "crash", "{failure}");
        assert_eq!(failure["blame"][0]["name"], "odd rep", "{failure}");
        let what = failure["what"].as_str().unwrap();
        assert!(what.starts_with("odd rep can't be started: ") && what.contains(words), "{what}");
    }
}

#[test]
fn a_role_that_is_not_here() {
    let home = odd("");
    home.run(&["--cell", "fan-in/all-odd"]).code(3).stdout(contains("/rep is not there"));
    symlink("build/rep", home.path("interop/rep")).unwrap();
    let dangling = contains("/rep is a dangling link to build/rep");
    home.run(&["--cell", "fan-in/all-odd"]).code(3).stdout(dangling);
    let nowhere = odd("dir = 'nowhere'");
    let folder = contains("nowhere is not there");
    nowhere.run(&["--cell", "fan-in/all-odd"]).code(3).stdout(folder);
}

#[test]
fn setup_and_versions() {
    let home = odd("setup = ['./setup']\nversions = ['./versions']");
    script(&home, "rep", "#!/bin/sh\n", 0o755);
    script(&home, "setup", "#!/bin/sh\n", 0o644);
    let setup =
        contains("odd failed:\n").and(contains("setup is not executable: chmod +x makes it so"));
    home.tool("setup", &["odd"]).assert().code(1).stdout(setup);
    script(&home, "versions", "#!/no/such/sh\n", 0o755);
    let versions = contains("versions: its interpreter /no/such/sh is not there");
    home.run(&["--cell", "fan-in/all-odd"]).code(3).stdout(versions);
}

#[test]
fn an_agent_and_a_role_alone() {
    let folder = tempfile::tempdir().unwrap();
    symlink("gone", folder.path().join("rep")).unwrap();
    for check in ["agent-check", "role-check"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
        let words =
            contains("it can't be started: ").and(contains("/rep is a dangling link to gone"));
        command
            .current_dir(folder.path())
            .args([check, "--", "./rep"])
            .assert()
            .code(1)
            .stdout(words);
    }
}
