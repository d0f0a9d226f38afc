//! q's tokens, as far as our scripts use them (code.kx.com/q/basics/syntax). What the scripts have no
//! need for is an error: the smaller the vocabulary, the surer the reading.

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Name,
    Number,
    Text,
    Symbol,
    /// A glyph: an operator, an iterator, an assignment (`:`, `,:`, `::`) or an I/O verb (`2:`).
    Glyph,
    Open,
    Close,
    Semicolon,
}

#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    pub text: String,
    /// Offset of the first byte.
    pub at: usize,
    /// Whether it is the first of its line, and if so, whether the line is indented.
    pub begins: Option<bool>,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.text == text && self.kind != Kind::Text
    }

    /// `name:` and `name,:` assign; `name::` (global from within a function) is not in our vocabulary.
    pub fn assigns(&self) -> bool {
        let iterates = self.text.starts_with(['/', '\\', '\'']);
        let reads = self.text.starts_with(['0', '1', '2']);
        let nil = self.text == "::";
        self.kind == Kind::Glyph && self.text.ends_with(':') && !(iterates || reads || nil)
    }
}

/// The tokens, or what is wrong and where.
pub fn tokens(source: &str) -> Result<Vec<Token>, (usize, String)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        one_line(line, at, &mut tokens)?;
        at += line.len();
    }
    Ok(tokens)
}

fn one_line(line: &str, start: usize, tokens: &mut Vec<Token>) -> Result<(), (usize, String)> {
    let content = line.trim_end();
    let error = |column: usize, what: &str| Err((start + column, what.to_owned()));
    if !content.is_ascii() {
        return error(0, "only ASCII, so that no editor and no terminal matters");
    }
    if content == "/" || content.starts_with('\\') {
        return error(0, "block comments, system commands and leaving q are not in our vocabulary");
    }
    let mut column = 0;
    let mut begins = Some(content.starts_with(' '));
    while column < content.len() {
        let rest = &content[column..];
        let blank_before = column == 0 || content.as_bytes()[column - 1] == b' ';
        let first = rest.as_bytes()[0] as char;
        if first == ' ' {
            column += 1;
            continue;
        }
        if first == '/' && blank_before {
            break;
        }
        let adjoins = !blank_before
            && tokens.last().is_some_and(|t| {
                matches!(t.kind, Kind::Name | Kind::Number) || t.is(")") || t.is("]")
            });
        let (kind, length) = match token(rest, adjoins) {
            Ok(found) => found,
            Err(what) => return error(column, what),
        };
        let text = rest[..length].to_owned();
        tokens.push(Token { kind, text, at: start + column, begins: begins.take() });
        column += length;
    }
    Ok(())
}

/// The kind and length of the token that `rest` begins with. A minus sign belongs to the number behind
/// it, unless it `adjoins` a value in front of it.
fn token(rest: &str, adjoins: bool) -> Result<(Kind, usize), &'static str> {
    let run = |from: usize, allowed: fn(char) -> bool| {
        rest[from..].find(|c| !allowed(c)).map_or(rest.len(), |n| n + from)
    };
    let mut chars = rest.chars();
    let (first, second) = (chars.next().unwrap_or(' '), chars.next().unwrap_or(' '));
    Ok(match first {
        '(' | '[' | '{' => (Kind::Open, 1),
        ')' | ']' | '}' => (Kind::Close, 1),
        ';' => (Kind::Semicolon, 1),
        '"' => (Kind::Text, text(rest)?),
        '`' if second == ':' => {
            (Kind::Symbol, run(2, |c| c.is_ascii_alphanumeric() || "_.:/-".contains(c)))
        }
        '`' => (Kind::Symbol, run(1, |c| c.is_ascii_alphanumeric() || "_.".contains(c))),
        '0'..='2' if second == ':' => (Kind::Glyph, 2),
        '0'..='9' => (Kind::Number, run(1, |c| c.is_ascii_alphanumeric() || c == '.')),
        '-' if second.is_ascii_digit() && !adjoins => {
            (Kind::Number, run(1, |c| c.is_ascii_alphanumeric() || c == '.'))
        }
        'a'..='z' | 'A'..='Z' => name(rest)?,
        '.' if second.is_ascii_alphabetic() => name(rest)?,
        '+' | '-' | '*' | '%' | '!' | '&' | '|' | '<' | '>' | '=' | '~' | ',' | '^' | '#' | '_'
        | '$' | '?' | '@' | '.' | ':' | '\'' | '/' | '\\' => {
            let compound =
                (first == '<' && "=>".contains(second)) || (first == '>' && second == '=');
            let length = if compound { 2 } else { 1 };
            let assigns = rest[length..].starts_with(':');
            (Kind::Glyph, length + usize::from(assigns))
        }
        _ => return Err("not a character of q"),
    })
}

fn name(rest: &str) -> Result<(Kind, usize), &'static str> {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(rest.len());
    match rest[end..].starts_with('_') {
        // q takes it for part of the name; whoever meant `drop` has a surprise.
        true => Err("an underscore joins a name: write a blank in front of it"),
        false => Ok((Kind::Name, end)),
    }
}

fn text(rest: &str) -> Result<usize, &'static str> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'"'), _) => return Ok(at + 1),
            (Some(b'\\'), Some(b'"' | b'\\' | b'n' | b'r' | b't')) => at += 2,
            (Some(b'\\'), Some(b'0'..=b'7')) => at += 4,
            (Some(b'\\'), _) => return Err("q knows no such escape"),
            (Some(_), _) => at += 1,
            (None, _) => return Err("a string is not closed on its line"),
        }
    }
}
