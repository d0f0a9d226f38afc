//! The extension as q sees it: loaded over KX's own object library, called with real K objects.

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_LOCAL, RTLD_NOW};
use std::ffi::{CStr, CString, c_char, c_int, c_longlong};
use std::path::{Path, PathBuf};
use std::slice;

pub type K = *mut u8;

/// The functions of libe that make and free objects, and the extension on top of them.
pub struct Q {
    kx: Library,
    qzmq: Library,
}

// Only function addresses are shared; each thread has K objects of its own.
unsafe impl Sync for Q {}

/// An argument of a call, made new for it.
#[derive(Clone, Debug)]
pub enum Arg {
    Long(i64),
    Int(i32),
    Bool(bool),
    Longs(Vec<i64>),
    Char(u8),
    Byte(u8),
    Chars(Vec<u8>),
    Bytes(Vec<u8>),
    Symbol(&'static str),
    List(Vec<Arg>),
    Nil,
}

pub fn s(text: &str) -> Arg {
    Arg::Chars(text.as_bytes().to_vec())
}

/// What a call gave.
#[derive(Debug, PartialEq)]
pub enum Answer {
    Nil,
    Long(i64),
    Longs(Vec<i64>),
    Chars(Vec<u8>),
    List(Vec<Answer>),
}

/// Where libe.so is: `QZMQ_LIBE`, or where interop/q/setup puts it.
pub fn libe() -> Option<PathBuf> {
    let path = std::env::var_os("QZMQ_LIBE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../local/libe.so"),
        PathBuf::from,
    );
    path.exists().then_some(path)
}

/// Cargo builds the extension beside this test.
pub fn extension() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let name = format!("{}qzmq{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    here.with_file_name(name)
}

macro_rules! kx {
    ($q:expr, $name:ident($($arg:expr),*) : fn($($t:ty),*) -> $r:ty) => {
        unsafe {
            let f: unsafe extern "C" fn($($t),*) -> $r =
                *$q.kx.get(stringify!($name).as_bytes()).unwrap();
            f($($arg),*)
        }
    };
}

impl Q {
    pub fn load(libe: &Path) -> Q {
        let q = unsafe {
            Q {
                kx: Library::open(Some(libe), RTLD_NOW | RTLD_GLOBAL).unwrap(),
                qzmq: Library::open(Some(extension()), RTLD_NOW | RTLD_LOCAL).unwrap(),
            }
        };
        // A program that isn't q starts libe's memory by a connection that goes nowhere.
        kx!(q, khp(c"".as_ptr(), -1): fn(*const c_char, c_int) -> c_int);
        q
    }

    /// The address of `qzmq_<name>`, as a function of type `F`.
    unsafe fn export<F: Copy>(&self, name: &str) -> F {
        unsafe { *self.qzmq.get(format!("qzmq_{name}").as_bytes()).unwrap() }
    }

    /// Calls `qzmq_<name>`; checks that it leaves its arguments alone, frees everything.
    pub fn call(&self, name: &str, args: &[Arg]) -> Result<Answer, String> {
        let xs: Vec<K> = args.iter().map(|a| self.make(a)).collect();
        let before: Vec<_> = xs.iter().map(|x| references(*x)).collect();
        let x = unsafe {
            match *xs {
                [a] => self.export::<extern "C" fn(K) -> K>(name)(a),
                [a, b] => self.export::<extern "C" fn(K, K) -> K>(name)(a, b),
                [a, b, c] => self.export::<extern "C" fn(K, K, K) -> K>(name)(a, b, c),
                _ => panic!("no export takes {} arguments", xs.len()),
            }
        };
        // ee makes an object of type -128 of a null pointer: with the pending error, which it forgets,
        // or without a text, which q shows as (::).
        let x = if x.is_null() { kx!(self, ee(x): fn(K) -> K) } else { x };
        let answer = answer(x);
        assert_eq!(references(x)[0], 0, "{name} keeps a reference to what it gave");
        self.free(x);
        for ((x, before), arg) in xs.iter().zip(before).zip(args) {
            assert_eq!(references(*x), before, "{name} counted {arg:?} up or down");
            self.free(*x);
        }
        if let Err(text) = &answer {
            assert!(!["", "stop", "abort", "stack"].contains(&text.as_str()), "{name}: {text:?}");
        }
        answer
    }

    pub fn handle(&self, kind: &'static str) -> Arg {
        match self.call("new", &[Arg::Symbol(kind)]) {
            Ok(Answer::Long(handle)) => Arg::Long(handle),
            other => panic!("new: {other:?}"),
        }
    }

    /// Binds to a port of the system's choice.
    pub fn bind(&self, socket: &Arg) -> Arg {
        match self.call("bind", &[socket.clone(), s("tcp://127.0.0.1:*")]) {
            Ok(Answer::Chars(endpoint)) => Arg::Chars(endpoint),
            other => panic!("bind: {other:?}"),
        }
    }

    /// Bytes in use in this thread's K memory.
    pub fn allocated(&self) -> i64 {
        let x = kx!(self, m4(0): fn(c_int) -> K);
        let bytes = unsafe { items::<i64>(x)[0] };
        self.free(x);
        bytes
    }

    /// A thread that made objects gives its memory back.
    pub fn leave_thread(&self) {
        kx!(self, m9(): fn() -> ());
    }

    fn free(&self, x: K) {
        kx!(self, r0(x): fn(K) -> ());
    }

    fn vector<T: Copy>(&self, kind: c_int, from: &[T]) -> K {
        let x = kx!(self, ktn(kind, from.len() as c_longlong): fn(c_int, c_longlong) -> K);
        unsafe { x.add(16).cast::<T>().copy_from_nonoverlapping(from.as_ptr(), from.len()) };
        x
    }

    fn make(&self, arg: &Arg) -> K {
        match arg {
            Arg::Long(n) => kx!(self, kj(*n): fn(c_longlong) -> K),
            Arg::Int(n) => kx!(self, ki(*n): fn(c_int) -> K),
            Arg::Bool(b) => kx!(self, kb(*b as c_int): fn(c_int) -> K),
            Arg::Longs(longs) => self.vector(7, longs),
            Arg::Char(c) => kx!(self, kc(*c as c_int): fn(c_int) -> K),
            Arg::Byte(b) => kx!(self, kg(*b as c_int): fn(c_int) -> K),
            Arg::Chars(chars) => self.vector(10, chars),
            Arg::Bytes(bytes) => self.vector(4, bytes),
            Arg::Symbol(name) => {
                let name = CString::new(*name).unwrap();
                kx!(self, ks(name.as_ptr()): fn(*const c_char) -> K)
            }
            Arg::List(args) => {
                self.vector(0, &args.iter().map(|a| self.make(a)).collect::<Vec<K>>())
            }
            // (::) is an atom of type 101.
            Arg::Nil => kx!(self, ka(101): fn(c_int) -> K),
        }
    }
}

/// The reference counts of an object and of its items.
fn references(x: K) -> Vec<i32> {
    unsafe {
        let own = x.add(4).cast::<i32>().read();
        let items: &[K] = if kind(x) == 0 { items(x) } else { &[] };
        [own].into_iter().chain(items.iter().flat_map(|x| references(*x))).collect()
    }
}

fn kind(x: K) -> i8 {
    unsafe { x.add(2).cast::<i8>().read() }
}

unsafe fn items<'a, T>(x: K) -> &'a [T] {
    unsafe { slice::from_raw_parts(x.add(16).cast(), x.add(8).cast::<i64>().read() as usize) }
}

fn answer(x: K) -> Result<Answer, String> {
    unsafe {
        Ok(match kind(x) {
            -128 => match x.add(8).cast::<*const c_char>().read() {
                text if text.is_null() => Answer::Nil,
                text => return Err(CStr::from_ptr(text).to_str().unwrap().to_owned()),
            },
            -7 => Answer::Long(x.add(8).cast::<i64>().read()),
            7 => Answer::Longs(items(x).to_vec()),
            10 => Answer::Chars(items(x).to_vec()),
            0 => Answer::List(items::<K>(x).iter().map(|x| answer(*x)).collect::<Result<_, _>>()?),
            other => panic!("an object of type {other}"),
        })
    }
}
