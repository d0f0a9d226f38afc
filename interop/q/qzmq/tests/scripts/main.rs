//! The q scripts can't be run where kdb+ isn't, but they can be read: every bracket and string closed,
//! every name defined, every call with as many arguments as the extension or the function takes.

mod check;
mod lexer;
mod reading;
mod tree;
mod vocabulary;

use check::{World, check};
use lexer::{Kind, Token, tokens};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use vocabulary::VOCABULARY;

const SCRIPTS: &[&str] =
    &["c.q", "mrep.q", "mreq.q", "msgqueue.q", "push.q", "rep.q", "req.q", "versions.q"];

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn world() -> World {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".q") {
            files.insert(name.clone(), fs::read_to_string(folder().join(name)).unwrap());
        }
    }
    World { files, exports: exports() }
}

/// Names and ranks as src/lib.rs declares them.
fn exports() -> BTreeMap<String, usize> {
    include_str!("../../src/lib.rs")
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.trim().strip_prefix("fn ")?.split_once('(')?;
            let (arguments, _) = rest.split_once(')')?;
            name.starts_with("qzmq_").then(|| (name.to_owned(), arguments.split(',').count()))
        })
        .collect()
}

#[test]
fn the_scripts_are_sound() {
    let world = world();
    assert_eq!(world.files.len(), SCRIPTS.len() + 2, "a script that no test knows");
    assert_eq!(world.exports.len(), 12);
    for name in SCRIPTS {
        assert_eq!(check(&world, name), Vec::<String>::new());
    }
}

/// A script that merely ends leaves q reading commands from standard input.
#[test]
fn every_script_ends_with_exit() {
    let world = world();
    let ends = |file: &str, how: &str| {
        let last = world.files[file].trim_end().lines().last().unwrap();
        assert!(last.contains(how), "{file} ends with {last:?}, not with {how:?}");
    };
    for name in SCRIPTS {
        ends(name, if *name == "versions.q" { "exit 1}];" } else { ".role.run[main;" });
    }
    ends("role.q", "exit 0}");
    assert!(world.files["versions.q"].contains("exit 0}"));
}

/// The options that `role.q` sets, with their values as they are written.
fn options_of_the_client(world: &World) -> BTreeMap<String, String> {
    let tokens = tokens(&world.files["role.q"]).unwrap();
    let text = |token: &Token| token.text.clone();
    let set = tokens.windows(7).filter(|call| call[0].is(".zmq.set") && call[1].is("["));
    set.map(|call| (text(&call[4]), text(&call[6]))).collect()
}

/// A client of docs/role-contract.md: it may send again and drops late answers, its queue has room for one
/// request, and it waits for nobody when it stops. IMMEDIATE is no way to that: docs/findings.md.
#[test]
fn the_client_follows_the_role_contract() {
    let expected =
        [("req_relaxed", "1b"), ("req_correlate", "1b"), ("sndhwm", "1"), ("linger", "0")];
    let expected = expected.map(|(option, value)| (format!("`{option}"), value.to_owned()));
    let world = world();
    assert_eq!(options_of_the_client(&world), BTreeMap::from(expected));
    let role = &world.files["role.q"];
    assert!(role.contains(".role.resendafter:1000 "), "a client sends again after a second");
    assert!(role.contains(".zmq.timeout[s;.role.resendafter];"), "send and recv wait that long");
}

#[test]
fn docs_name_the_page_of_every_word() {
    let docs = fs::read_to_string(folder().join("../../docs/q.md")).unwrap();
    for (word, _) in VOCABULARY {
        assert!(docs.contains(&format!("`{word}`")), "docs/q.md has no `{word}`");
    }
    for export in exports().keys() {
        let name = export.replace("qzmq_", ".zmq.");
        assert!(docs.contains(&name), "docs/q.md has no {name}");
    }
}

/// The world with the bytes of `token` in `file` replaced.
fn broken(file: &str, token: &Token, by: &str) -> World {
    let mut world = world();
    let source = world.files.get_mut(file).unwrap();
    source.replace_range(token.at..token.at + token.text.len(), by);
    world
}

/// What is wrong with a script; with one that others load, in any of those.
fn found(world: &World, file: &str) -> Vec<String> {
    let scripts = SCRIPTS.iter().filter(|s| **s == file || !SCRIPTS.contains(&file));
    scripts.flat_map(|script| check(world, script)).collect()
}

/// Breaks every token for which `breakage` has something worse, and wants each to be found.
fn each_is_found(breakage: fn(&Token) -> Option<String>) {
    let mut breakages = 0;
    for (file, source) in world().files {
        for token in tokens(&source).unwrap() {
            let Some(by) = breakage(&token) else { continue };
            breakages += 1;
            let line = source[..token.at].matches('\n').count() + 1;
            let found = found(&broken(&file, &token, &by), &file);
            assert!(!found.is_empty(), "{file}:{line}: nobody minds {by:?} for {:?}", token.text);
        }
    }
    assert!(breakages > 50, "only {breakages}");
}

#[test]
fn a_lost_bracket_is_found() {
    each_is_found(|t| matches!(t.kind, Kind::Open | Kind::Close).then(String::new));
}

#[test]
fn a_wrong_bracket_is_found() {
    each_is_found(|t| match t.text.as_str() {
        "(" => Some("[".into()),
        "]" => Some(")".into()),
        "}" => Some("]".into()),
        _ => None,
    });
}

#[test]
fn an_open_string_is_found() {
    each_is_found(|t| (t.kind == Kind::Text).then(|| t.text[..t.text.len() - 1].to_owned()));
}

#[test]
fn a_misspelt_name_is_found() {
    each_is_found(|t| (t.kind == Kind::Name).then(|| format!("{}Q", t.text)));
}

/// Every call in brackets of a function that we know, with one argument more.
#[test]
fn an_argument_too_many_is_found() {
    let mut calls = 0;
    for (file, source) in world().files {
        for pair in tokens(&source).unwrap().windows(2) {
            let ours = pair[0].text.starts_with(".zmq.") || pair[0].text.starts_with(".role.");
            let indexed = pair[0].text == ".role.shown" || pair[0].text == ".role.me";
            if ours && !indexed && pair[1].is("[") {
                calls += 1;
                let found = found(&broken(&file, &pair[1], "[0;"), &file);
                assert!(!found.is_empty(), "{file}: {}[0;...", pair[0].text);
            }
        }
    }
    assert!(calls > 50, "only {calls}");
}

#[test]
fn what_else_goes_wrong_is_found() {
    let said = |script: &str| {
        let mut world = world();
        world.files.insert("x.q".into(), format!("file:string .z.f\n\"role.q\"\n{script}\n"));
        check(&world, "x.q").join("; ")
    };
    assert_eq!(said("f:{[a] a+1}"), "");
    for (script, wanted) in [
        ("f:{[a] {[b] a+b}[1]}", "x.q:3: a is not defined"), // q has no closures
        ("f:g\ng:1", "x.q:3: g is not defined"),
        ("f:{[count] count}", "x.q:3: count is q's own word"),
        ("f:{[a]\na}", "x.q:3: { is not closed"), // the second line isn't indented
        ("f:1\n g:2", "x.q:4: an indented line continues a finished expression"),
        ("a:\"\\x\"", "x.q:3: q knows no such escape"),
        ("a:1\nb:a_1", "x.q:4: an underscore joins a name: write a blank in front of it"),
        ("a:$[1;2]", "x.q:3: $[condition;then;...;else]"),
        ("if[1]", "x.q:3: if[condition;expression;...]"),
        (".zmq.send 1", "x.q:3: .zmq.send takes 2 arguments, not 1"),
        (".[.zmq.send;(1;2;3);0]", "x.q:3: trapped: .zmq.send takes 2 arguments, not 3"),
        (
            "f:{[a;b] a}\n.role.run[f;\"\";enlist 1]",
            "main takes an argument per default: f takes 2",
        ),
        ("f:{[a] b,:a}", "x.q:3: b is not defined"),
        ("f:{[a] .role.lost:a}", "x.q:3: .role.lost is not defined"),
        ("f:{[a] b:a}", "x.q:3: b is never used"),
        (".a.b:1", "x.q:3: a namespace of one letter is q's own"),
        ("a:1 mod", "x.q:3: mod stands between its two arguments"),
        ("\\l x.q", "x.q:3: block comments, system commands"),
        ("a:`x 2:(`qzmq_send;3)", "x.q:3: qzmq_send is not exported with rank 3"),
        ("a:\u{e9}", "x.q:3: only ASCII"),
    ] {
        assert!(said(script).contains(wanted), "{script:?}: {:?}, not {wanted:?}", said(script));
    }
}
