//! The part of the kdb+ C API (3.0 and later, 64 bit) that the extension needs, declared by hand from
//! its documentation (code.kx.com/q/interfaces/capiref), and the reading and making of K objects.

use crate::guard::{Error, Result, error};
use std::ffi::{CStr, c_char, c_int, c_longlong};
use std::mem::{offset_of, size_of};
use std::slice;

/// A K object. An atom is shorter than this struct, so that no reference to it must be made; fields
/// are read through the pointer.
#[repr(C)]
pub struct Object {
    _memory: [i8; 2],
    kind: i8,
    _attribute: i8,
    _references: i32,
    value: Payload,
}

#[repr(C)]
union Payload {
    byte: u8,
    short: i16,
    int: i32,
    long: i64,
    symbol: *const c_char,
    list: List,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct List {
    count: i64,
    first: [u8; 1],
}

pub type K = *mut Object;

// What q's own code assumes; a target on which Rust lays it out differently must not compile.
const _: () = {
    assert!(size_of::<usize>() == 8 && size_of::<c_longlong>() == 8 && size_of::<c_int>() == 4);
    assert!(offset_of!(Object, kind) == 2 && offset_of!(Object, _references) == 4);
    assert!(offset_of!(Object, value) == 8 && offset_of!(List, first) == 8);
    assert!(size_of::<Payload>() == 16 && size_of::<Object>() == 24);
};

// Kinds of lists; an atom has the negative kind.
const MIXED: i8 = 0;
const BYTE: i8 = 4;
const LONG: i8 = 7;
const CHAR: i8 = 10;

unsafe extern "C" {
    fn ktn(kind: c_int, count: c_longlong) -> K;
    fn kj(value: c_longlong) -> K;
    fn kpn(text: *const c_char, count: c_longlong) -> K;
    fn krr(text: *const c_char) -> K;
}

/// A K object as the extension understands it. It borrows: q keeps its arguments.
pub enum Value<'a> {
    Long(i64),
    Longs(&'a [i64]),
    /// A string, a char, bytes or a byte: `"a"` is an atom in q, and still a message of one byte.
    Bytes(&'a [u8]),
    Symbol(&'a CStr),
    List(&'a [K]),
    Other,
}

impl<'a> Value<'a> {
    /// # Safety
    /// `x` must be a live K object for as long as the value is used.
    pub unsafe fn of(x: K) -> Value<'a> {
        unsafe {
            let value = &raw const (*x).value;
            match (*x).kind {
                -1 => Value::Long((*value).byte.into()),
                -5 => Value::Long((*value).short.into()),
                -6 => Value::Long((*value).int.into()),
                -7 => Value::Long((*value).long),
                -4 | -10 => Value::Bytes(slice::from_raw_parts(value.cast(), 1)),
                -11 => Value::Symbol(CStr::from_ptr((*value).symbol)),
                MIXED => Value::List(items(value)),
                BYTE | CHAR => Value::Bytes(items(value)),
                LONG => Value::Longs(items(value)),
                _ => Value::Other,
            }
        }
    }

    pub fn long(&self) -> Result<i64> {
        match self {
            Value::Long(n) => Ok(*n),
            _ => error("type: a number is wanted"),
        }
    }

    /// A time limit: -1 is for ever. q's null and infinite longs are out of range.
    pub fn milliseconds(&self) -> Result<i32> {
        let ms = i32::try_from(self.long()?).ok().filter(|ms| *ms >= -1);
        ms.ok_or_else(|| Error("range: milliseconds, or -1 for ever".to_owned()))
    }

    /// One number, several, or the empty list.
    pub fn longs(&self) -> Result<&[i64]> {
        match self {
            Value::Long(n) => Ok(slice::from_ref(n)),
            Value::Longs(several) => Ok(several),
            Value::List([]) => Ok(&[]),
            _ => error("type: longs are wanted"),
        }
    }

    pub fn bytes(&self) -> Result<&'a [u8]> {
        match self {
            Value::Bytes(bytes) => Ok(bytes),
            _ => error("type: a string or bytes are wanted"),
        }
    }

    /// The name of something: a symbol, or a string of UTF-8 without NULs.
    pub fn text(&self) -> Result<&'a str> {
        let bytes = match self {
            Value::Symbol(symbol) => symbol.to_bytes(),
            Value::Bytes(bytes) => bytes,
            _ => return error("type: a string or a symbol is wanted"),
        };
        match str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok(text),
            _ => error("text: neither NUL nor broken UTF-8 is allowed"),
        }
    }

    /// A message: one frame, or a list of at least one.
    pub fn frames(&self) -> Result<Vec<&'a [u8]>> {
        match self {
            Value::List([]) => error("length: a message has at least one frame"),
            // The items live as long as the list, which q keeps during the call.
            Value::List(items) => items.iter().map(|x| unsafe { Value::of(*x) }.bytes()).collect(),
            one => Ok(vec![one.bytes()?]),
        }
    }
}

unsafe fn items<'a, T>(value: *const Payload) -> &'a [T] {
    unsafe {
        let first = value.cast::<u8>().add(offset_of!(List, first));
        slice::from_raw_parts(first.cast(), (*value).list.count as usize)
    }
}

/// q takes a null pointer without a pending error for `(::)`.
pub fn nil(_: ()) -> K {
    std::ptr::null_mut()
}

pub fn long(value: i64) -> K {
    unsafe { kj(value) }
}

pub fn longs(values: &[i64]) -> K {
    list(LONG, values)
}

pub fn string(bytes: &[u8]) -> K {
    unsafe { kpn(bytes.as_ptr().cast(), bytes.len() as c_longlong) }
}

pub fn strings(texts: &[&str]) -> K {
    let texts: Vec<K> = texts.iter().map(|text| string(text.as_bytes())).collect();
    list(MIXED, &texts)
}

/// One frame is a string; several are a list of strings.
pub fn message(frames: &[zmq::Message]) -> K {
    match frames {
        [one] => string(one),
        several => list(MIXED, &several.iter().map(|frame| string(frame)).collect::<Vec<K>>()),
    }
}

/// A list of `items`, which are what q keeps in a list of this kind.
fn list<T: Copy>(kind: i8, items: &[T]) -> K {
    unsafe {
        let made = ktn(kind.into(), items.len() as c_longlong);
        if !made.is_null() {
            let first = made.cast::<u8>().add(offset_of!(Object, value) + offset_of!(List, first));
            first.cast::<T>().copy_from_nonoverlapping(items.as_ptr(), items.len());
        }
        made
    }
}

/// Makes `text` the pending error; gives the null pointer that q wants with it.
pub fn signal(text: &CStr) -> K {
    unsafe { krr(text.as_ptr()) }
}
