//! What a person sees who made a mistake in a manifest: the line, what is wrong with it, and what to
//! write instead.

use std::fs;
use std::process::Command;

/// What `zmq-interop list peers` says of a manifest `peers.toml` with this text.
fn refused(text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("peers.toml"), text).unwrap();
    said(dir.path(), "peers.toml")
}

fn said(dir: &std::path::Path, file: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_zmq-interop"))
        .args(["list", "peers", "--peers", file])
        .env("NO_COLOR", "1")
        .current_dir(dir)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

macro_rules! mistakes {
    ($($name:ident: $text:expr,)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(refused($text));
            }
        )*
    };
}

mistakes! {
    not_toml: "[peers.lua\nlanguage = 'Lua'\n",
    no_peer: "# nothing yet\n",
    table_without_a_name: "[peer.lua]\nlanguage = 'Lua'\n",
    bad_name: "[peers.My-Lua]\nlanguage = 'Lua'\ncommand = ['lua', '{role}.lua']\n",
    name_that_is_taken: "[peers.all]\nlanguage = 'Lua'\ncommand = ['lua', '{role}.lua']\n",
    no_language: "[peers.lua]\ncommand = ['lua', '{role}.lua']\n",
    no_program: "[peers.lua]\nlanguage = 'Lua'\n",
    command_is_a_string: "[peers.lua]\nlanguage = 'Lua'\ncommand = 'lua {role}.lua'\n",
    command_is_empty: "[peers.lua]\nlanguage = 'Lua'\ncommand = []\n",
    command_without_its_role: "[peers.lua]\nlanguage = 'Lua'\ncommand = ['lua', 'peer.lua']\n",
    unknown_key: "[peers.lua]\nlanguage = 'Lua'\ncomand = ['lua', '{role}.lua']\n",
    unknown_role: "[peers.lua]\nlanguage = 'Lua'\ncommand = ['lua', '{role}.lua']\nroles = [\n  'rep',\n  'server',\n]\n",
    unknown_role_of_a_command: "[peers.lua]\nlanguage = 'Lua'\ncommands.server = ['lua', 'server.lua']\n",
    unknown_key_of_ci: "[peers.lua]\nlanguage = 'Lua'\ncommand = ['lua', '{role}.lua']\n\n[peers.lua.ci]\napk = ['lua']\n",
    linter_without_a_version: "[peers.lua]\nlanguage = 'Lua'\ncommand = ['lua', '{role}.lua']\n\n[peers.lua.ci]\nlinters = { stylua = 'npm stylua' }\n",
    roles_without_a_command: "[peers.lua]\nlanguage = 'Lua'\nroles = ['rep']\n",
}

#[test]
fn no_such_file() {
    let dir = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(said(dir.path(), "nowhere.toml"));
}
