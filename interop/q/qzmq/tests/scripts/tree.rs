//! A script as its top-level expressions, each a tree of brackets.

use crate::lexer::{Kind, Token, tokens};

#[derive(Clone, Debug)]
pub enum Node {
    Leaf(Token),
    /// What is between two brackets, cut at its semicolons. There is always at least one part.
    Group {
        open: Token,
        parts: Vec<Vec<Node>>,
    },
}

impl Node {
    pub fn leaf(&self) -> Option<&Token> {
        match self {
            Node::Leaf(token) => Some(token),
            Node::Group { .. } => None,
        }
    }

    /// The parts between brackets of this kind.
    pub fn group(&self, bracket: &str) -> Option<&[Vec<Node>]> {
        match self {
            Node::Group { open, parts } if open.is(bracket) => Some(parts),
            _ => None,
        }
    }
}

/// The expressions of a script. q takes an indented line for the continuation of the one before.
pub fn expressions(source: &str) -> Result<Vec<Vec<Node>>, (usize, String)> {
    let tokens = tokens(source)?;
    let mut expressions: Vec<Vec<Node>> = Vec::new();
    let mut open: Vec<(Token, Vec<Vec<Node>>)> = Vec::new();
    for token in tokens {
        match (token.begins, open.last()) {
            (Some(false), Some((bracket, _))) => {
                return Err((bracket.at, format!("{} is not closed", bracket.text)));
            }
            (Some(true), None) => {
                return Err((token.at, "an indented line continues a finished expression".into()));
            }
            (Some(false), None) => expressions.push(Vec::new()),
            _ => {}
        }
        let node = match token.kind {
            Kind::Open => {
                open.push((token, vec![Vec::new()]));
                continue;
            }
            Kind::Semicolon if !open.is_empty() => {
                open.last_mut().expect("not empty").1.push(Vec::new());
                continue;
            }
            Kind::Close => {
                let wanted = match token.text.as_str() {
                    ")" => "(",
                    "]" => "[",
                    _ => "{",
                };
                let Some((bracket, parts)) = open.pop().filter(|(b, _)| b.is(wanted)) else {
                    return Err((token.at, format!("{} closes nothing", token.text)));
                };
                Node::Group { open: bracket, parts }
            }
            _ => Node::Leaf(token),
        };
        let place = match open.last_mut() {
            Some((_, parts)) => parts.last_mut(),
            None => expressions.last_mut(),
        };
        place.expect("a group has a part, and the first token begins an expression").push(node);
    }
    match open.first() {
        Some((bracket, _)) => Err((bracket.at, format!("{} is not closed", bracket.text))),
        None => Ok(expressions),
    }
}
