//! Messages that have broken bindings before.

/// As large as an answer gets that is none of a role's: no client is made for more.
pub const SMALL: usize = 64 << 10;

/// Contents that must pass unchanged; none ends in a newline.
pub fn all() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = vec![
        b"psy oppa gangnam style".to_vec(),
        b"".to_vec(),
        b"\0".to_vec(),
        b"a\0b\0".to_vec(),
        b" spaces around, UPPER and lower case, \r\n and lines\r ".to_vec(),
        "h\u{e9}llo, \u{ac15}\u{b0a8}\u{c2a4}\u{d0c0}\u{c77c} \u{1f40e}".into(),
        b"not UTF-8: \xff\xfe\xc3( \x80 \xed\xa0\x80 \xe2\x82".to_vec(),
        (0..=255).collect(),
    ];
    all.extend([254, 255, 256, 1024, 1025, 64 << 10, 1 << 20].map(pattern));
    all
}

/// `size` bytes, of which the last is no newline.
fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|i| if i + 1 == size { b'.' } else { (i % 251) as u8 }).collect()
}

/// Of them, and of others, those that a person is to be shown in a way of their own.
pub fn shown() -> Vec<Vec<u8>> {
    vec![
        b"psy oppa gangnam style".to_vec(),
        b"".to_vec(),
        b"bell \x07, escape \x1b[2J, NUL \0, DEL \x7f, bad \xff\xc3, good \xc3\xa9, \\ and 'quotes' %s".to_vec(),
        b"overlong \xc0\xaf, a surrogate \xed\xa0\x80, too much \xf4\x90\x80\x80, cut \xe2\x82".to_vec(),
        vec![b'x'; 1025],
        [&vec![b'x'; 1023], "\u{e9}".as_bytes()].concat(),
    ]
}
