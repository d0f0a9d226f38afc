//! The little of q that the scripts use. The less, the surer: none of it could be run here.

/// The words of q that the scripts may use, and how: `1` in front of one argument, `2` between two,
/// `f` a function of two in brackets, `v` a value, `c` a control word. docs/q.md has the page of each.
pub const VOCABULARY: &[(&str, char)] = &[
    ("all", '1'),
    ("count", '1'),
    ("enlist", '1'),
    ("exit", '1'),
    ("first", '1'),
    ("getenv", '1'),
    ("hopen", '1'),
    ("hsym", '1'),
    ("last", '1'),
    ("not", '1'),
    ("raze", '1'),
    ("read1", '1'),
    ("string", '1'),
    ("system", '1'),
    ("where", '1'),
    (".j.j", '1'),
    (".Q.sha1", '1'),
    ("bin", '2'),
    ("mod", '2'),
    ("sublist", '2'),
    ("sv", '2'),
    ("within", '2'),
    (".Q.f", 'f'),
    (".z.f", 'v'),
    (".z.i", 'v'),
    (".z.K", 'v'),
    (".z.k", 'v'),
    (".z.o", 'v'),
    (".z.P", 'v'),
    (".z.T", 'v'),
    (".z.x", 'v'),
    ("if", 'c'),
    ("while", 'c'),
];

pub fn word(name: &str) -> Option<char> {
    VOCABULARY.iter().find(|(word, _)| *word == name).map(|(_, use_)| *use_)
}

/// Words of q that a script might want for a variable.
pub const RESERVED: &[&str] = &[
    "abs", "any", "asc", "by", "cut", "delete", "desc", "do", "each", "eval", "except", "exec",
    "fill", "from", "get", "group", "in", "insert", "inter", "key", "keys", "like", "load", "log",
    "lower", "max", "meta", "min", "neg", "next", "null", "or", "over", "parse", "prev", "rand",
    "rank", "read0", "reverse", "save", "scan", "select", "set", "show", "ss", "sum", "tables",
    "til", "trim", "type", "union", "update", "upper", "value", "var", "views", "vs", "within",
];
