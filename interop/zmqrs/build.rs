//! Tells the program which compiler and which crate zeromq it was built with: a report names both.

use std::process::Command;

fn main() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().ok();
    let version = version.and_then(|out| String::from_utf8(out.stdout).ok()).unwrap_or_default();
    println!("cargo:rustc-env=RUSTC_VERSION={}", version.split(' ').nth(1).unwrap_or("unknown"));

    println!("cargo:rerun-if-changed=Cargo.lock");
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    let mut lines = lock.lines().skip_while(|line| *line != "name = \"zeromq\"");
    let version = lines.nth(1).and_then(|line| line.split('"').nth(1));
    println!("cargo:rustc-env=ZEROMQ_VERSION={}", version.unwrap_or("unknown"));
}
