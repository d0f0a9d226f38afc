//! What can be wrong with a script without running it: an undefined name, a wrong number of arguments,
//! a misuse of one of the few words of q that the scripts need.

use crate::lexer::{Kind, Token};
use crate::reading::{arguments, assigned, is_noun, parameters, reads, strings_in};
use crate::tree::{Node, expressions};
use crate::vocabulary::{RESERVED, word};
use std::collections::{BTreeMap, BTreeSet};

/// The files of a folder, by name, and the extension's exports with their ranks.
pub struct World {
    pub files: BTreeMap<String, String>,
    pub exports: BTreeMap<String, usize>,
}

/// Checks the script `name` with what it loads; gives what is wrong, as `file:line: text`.
pub fn check(world: &World, name: &str) -> Vec<String> {
    let mut check = Check::new(world);
    check.load(name);
    let bodies = std::mem::take(&mut check.bodies);
    for (file, at, lambda) in bodies {
        check.file = file;
        check.lambda(at, &lambda);
    }
    for (export, rank) in &world.exports {
        let bound = check.globals.get(&export.replacen("qzmq_", ".zmq.", 1));
        if bound != Some(&Some(*rank)) {
            check.wrong.push(format!("{name}: {export} is not loaded under its name and rank"));
        }
    }
    check.wrong
}

/// The local names so far. At top level there are none: every name is global.
#[derive(Default)]
struct Scope {
    in_function: bool,
    names: BTreeSet<String>,
}

struct Check<'a> {
    world: &'a World,
    file: String,
    /// Global names, and the rank of those that are functions.
    globals: BTreeMap<String, Option<usize>>,
    /// Functions wait until all globals are known: they run later.
    bodies: Vec<(String, usize, Vec<Vec<Node>>)>,
    wrong: Vec<String>,
}

impl<'a> Check<'a> {
    fn new(world: &'a World) -> Check<'a> {
        let (globals, bodies, wrong) = (BTreeMap::new(), Vec::new(), Vec::new());
        Check { world, file: String::new(), globals, bodies, wrong }
    }

    fn say(&mut self, at: usize, text: &str) {
        let line = self.world.files[&self.file][..at].matches('\n').count() + 1;
        self.wrong.push(format!("{}:{line}: {text}", self.file));
    }

    fn load(&mut self, name: &str) {
        let Some(source) = self.world.files.get(name) else {
            return self.wrong.push(format!("{}: loads {name}, which is not there", self.file));
        };
        let outer = std::mem::replace(&mut self.file, name.to_owned());
        match expressions(source) {
            Err((at, text)) => self.say(at, &text),
            Ok(list) => list.iter().for_each(|nodes| self.expression(nodes)),
        }
        self.file = outer;
    }

    fn expression(&mut self, nodes: &[Node]) {
        self.walk(nodes, &mut Scope::default());
        let mut strings = Vec::new();
        strings_in(nodes, &mut strings);
        for text in strings {
            if let Some(file) = text.trim_matches('"').strip_suffix(".q") {
                self.load(&format!("{file}.q"));
            }
        }
        if let [Node::Leaf(name), Node::Leaf(colon), value @ ..] = nodes
            && name.kind == Kind::Name
            && colon.is(":")
        {
            let rank = self.rank(value);
            self.globals.insert(name.text.clone(), rank);
        }
    }

    /// The rank of what is assigned: a function, or one that `2:` loads.
    fn rank(&mut self, value: &[Node]) -> Option<usize> {
        match value {
            [lambda] => lambda.group("{").map(|parts| parameters(parts).len()),
            [_, Node::Leaf(load), Node::Group { parts, .. }] if load.is("2:") => {
                let (symbol, rank) =
                    (parts.first()?.first()?.leaf()?, parts.get(1)?.first()?.leaf()?);
                let export = symbol.text.trim_start_matches('`');
                if self.world.exports.get(export).map(usize::to_string) != Some(rank.text.clone()) {
                    self.say(
                        symbol.at,
                        &format!("{export} is not exported with rank {}", rank.text),
                    );
                }
                rank.text.parse().ok()
            }
            _ => None,
        }
    }

    fn lambda(&mut self, at: usize, parts: &[Vec<Node>]) {
        let parameters = parameters(parts);
        let names = parameters.iter().map(|t| t.text.clone()).collect();
        parameters.iter().for_each(|name| self.may_define(name));
        // The signature is no expression.
        let mut parts = parts.to_vec();
        if parts[0].first().is_some_and(|node| node.group("[").is_some()) {
            parts[0].remove(0);
        }
        let mut scope = Scope { in_function: true, names };
        parts.iter().for_each(|part| self.walk(part, &mut scope));
        // A name that nothing reads is a misspelt one.
        for name in scope.names.iter().filter(|name| !parts.iter().any(|part| reads(part, name))) {
            self.say(at, &format!("{name} is never used"));
        }
    }

    /// Checks an expression. Within one, q goes from right to left, so that the names that it assigns
    /// are there for all of it; but the parts of a function or control word follow each other.
    fn walk(&mut self, nodes: &[Node], scope: &mut Scope) {
        if scope.in_function {
            assigned(nodes, &mut scope.names);
        }
        for (i, node) in nodes.iter().enumerate() {
            let (before, after) = (i.checked_sub(1).map(|i| &nodes[i]), nodes.get(i + 1));
            match node {
                Node::Leaf(token) if token.kind == Kind::Name => {
                    self.name(token, before, after, scope)
                }
                Node::Leaf(token) => self.glyph(token, after),
                // q's functions see their own names and the global ones, nothing in between.
                Node::Group { open, parts } if open.is("{") => match scope.in_function {
                    false => self.bodies.push((self.file.clone(), open.at, parts.clone())),
                    true => self.lambda(open.at, parts),
                },
                Node::Group { parts, .. } => parts.iter().for_each(|part| self.walk(part, scope)),
            }
        }
    }

    fn name(&mut self, token: &Token, before: Option<&Node>, after: Option<&Node>, scope: &Scope) {
        let name = token.text.as_str();
        let is_local = scope.names.contains(name);
        if let Some(assignment) = after.and_then(Node::leaf).filter(|t| t.assigns()) {
            // `n-:1` changes what is there, and so does a function that assigns a dotted name.
            let changes = !assignment.is(":") || (scope.in_function && name.starts_with('.'));
            return match changes && !is_local && !self.globals.contains_key(name) {
                true => self.say(token.at, &format!("{name} is not defined")),
                false => self.may_define(token),
            };
        }
        let brackets = after.and_then(|node| node.group("["));
        // f[] is f[::].
        let given = brackets.map_or(usize::from(after.is_some_and(is_noun)), <[_]>::len);
        let rank = match word(name) {
            Some('1') => Some(1),
            Some('f') => Some(2),
            Some('2') if before.is_none() || after.is_none() => {
                return self.say(token.at, &format!("{name} stands between its two arguments"));
            }
            Some('c') if brackets.is_none_or(|parts| parts.len() < 2 || parts[0].is_empty()) => {
                return self.say(token.at, &format!("{name}[condition;expression;...]"));
            }
            Some(_) => None,
            None if is_local => None,
            None => match self.globals.get(name) {
                Some(rank) => rank.map(|n| n.max(1)),
                None => return self.say(token.at, &format!("{name} is not defined")),
            },
        };
        if let Some(rank) = rank.filter(|rank| given > 0 && *rank != given) {
            self.say(token.at, &format!("{name} takes {rank} arguments, not {given}"));
        }
        if let (".role.run", Some([main, _, defaults])) = (name, brackets) {
            self.same_rank(
                token.at,
                main,
                arguments(defaults),
                "main takes an argument per default",
            );
        }
    }

    /// `$[a;b;c]`, and the traps `.[f;(x;y);handler]` and `@[f;x;handler]`.
    fn glyph(&mut self, token: &Token, after: Option<&Node>) {
        let Some(parts) = after.and_then(|node| node.group("[")) else { return };
        match token.text.as_str() {
            "$" if parts.len() < 3 || parts.len() % 2 == 0 => {
                self.say(token.at, "$[condition;then;...;else]");
            }
            "." | "@" if parts.len() != 3 => self.say(token.at, "a trap has three parts"),
            "." => self.same_rank(token.at, &parts[0], arguments(&parts[1]), "trapped"),
            "@" => self.same_rank(token.at, &parts[0], Some(1), "trapped"),
            _ => {}
        }
    }

    /// The function in `part` takes `given` arguments, where both are known.
    fn same_rank(&mut self, at: usize, part: &[Node], given: Option<usize>, why: &str) {
        let [Node::Leaf(name)] = part else { return };
        let rank = self.globals.get(&name.text).copied().flatten().map(|n| n.max(1));
        if let (Some(rank), Some(given)) = (rank, given)
            && rank != given
        {
            self.say(at, &format!("{why}: {} takes {rank} arguments, not {given}", name.text));
        }
    }

    fn may_define(&mut self, token: &Token) {
        let name = token.text.as_str();
        if word(name).is_some() || RESERVED.contains(&name) {
            self.say(token.at, &format!("{name} is q's own word"));
        } else if name.starts_with('.') && name.get(2..3) == Some(".") {
            self.say(token.at, "a namespace of one letter is q's own");
        }
    }
}
