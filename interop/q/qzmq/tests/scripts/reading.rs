//! What an expression of the tree says: who assigns, who reads, how many arguments.

use crate::lexer::{Kind, Token};
use crate::tree::Node;
use crate::vocabulary::word;
use std::collections::BTreeSet;

pub fn is_noun(node: &Node) -> bool {
    match node {
        Node::Leaf(token) => {
            matches!(token.kind, Kind::Name | Kind::Number | Kind::Text | Kind::Symbol)
                && word(&token.text) != Some('2')
        }
        Node::Group { open, .. } => !open.is("["),
    }
}

/// How many arguments a list has: `(a;b)`, or `enlist a`.
pub fn arguments(nodes: &[Node]) -> Option<usize> {
    match nodes {
        [Node::Group { open, parts }] if open.is("(") && parts.len() > 1 => Some(parts.len()),
        [Node::Leaf(first), ..] if first.is("enlist") => Some(1),
        _ => None,
    }
}

/// The names in a function's signature. Ours all have one: no x, y and z from nowhere.
pub fn parameters(parts: &[Vec<Node>]) -> Vec<Token> {
    let signature = parts[0].first().and_then(|node| node.group("["));
    signature.unwrap_or(&[]).iter().flatten().filter_map(Node::leaf).cloned().collect()
}

/// The names that an expression assigns, but not those within its functions and control words.
pub fn assigned(nodes: &[Node], names: &mut BTreeSet<String>) {
    let is = |i: usize, wanted: fn(&Token) -> bool| {
        nodes.get(i).and_then(Node::leaf).is_some_and(wanted)
    };
    for (i, node) in nodes.iter().enumerate() {
        match node {
            Node::Leaf(name) if name.kind == Kind::Name && !name.text.starts_with('.') => {
                if is(i + 1, |t| t.is(":")) {
                    names.insert(name.text.clone());
                }
            }
            Node::Group { open, .. } if open.is("{") => {}
            Node::Group { open, .. } if open.is("[") && i > 0 && is(i - 1, controls) => {}
            Node::Group { parts, .. } => parts.iter().for_each(|part| assigned(part, names)),
            Node::Leaf(_) => {}
        }
    }
}

pub fn controls(token: &Token) -> bool {
    token.is("$") || word(&token.text) == Some('c')
}

pub fn strings_in(nodes: &[Node], strings: &mut Vec<String>) {
    for node in nodes {
        match node {
            Node::Leaf(token) if token.kind == Kind::Text => strings.push(token.text.clone()),
            Node::Leaf(_) => {}
            Node::Group { parts, .. } => parts.iter().for_each(|part| strings_in(part, strings)),
        }
    }
}

/// Whether an expression uses a name otherwise than to assign it; not in the functions within it,
/// which don't see it.
pub fn reads(nodes: &[Node], name: &str) -> bool {
    nodes.iter().enumerate().any(|(i, node)| match node {
        Node::Leaf(token) => {
            let assigned = nodes.get(i + 1).and_then(Node::leaf).is_some_and(|t| t.is(":"));
            token.is(name) && !assigned
        }
        Node::Group { open, .. } if open.is("{") => false,
        Node::Group { parts, .. } => parts.iter().any(|part| reads(part, name)),
    })
}
