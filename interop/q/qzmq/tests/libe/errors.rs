//! Each way in which a call can fail, and the text that q sees.

use crate::support::{Answer, Arg, s};
use crate::{NAMES, call, fails, pair, q};

pub fn each_error_has_its_text() {
    use Arg::{Bool, Chars, Int, List, Long, Longs, Nil, Symbol};
    let number = "type: a number is wanted";
    let name = "type: a string or a symbol is wanted";
    let bytes = "type: a string or bytes are wanted";
    let text = "text: neither NUL nor broken UTF-8 is allowed";
    let range = "range: milliseconds, or -1 for ever";

    let (req, rep) = pair();
    let push = q().handle("push"); // any case will do
    let taken = q().bind(&rep);
    let taken_text = match &taken {
        Chars(endpoint) => format!("{}: Address already in use", str::from_utf8(endpoint).unwrap()),
        _ => unreachable!(),
    };
    let closed = q().handle("REQ");
    assert_eq!(call("close", std::slice::from_ref(&closed)), Answer::Nil);
    let Long(gone) = closed else { unreachable!() };
    let gone_text = format!("socket {gone} is not open");
    for (symbol, value) in [
        ("linger", Int(0)),
        ("sndhwm", Long(10)),
        ("rcvhwm", Arg::Byte(0)), // a byte is no number
        ("immediate", Bool(true)),
        ("req_relaxed", Bool(true)),
        ("req_correlate", Long(1)),
        ("routing_id", s("me")),
    ] {
        let set = q().call("set", &[req.clone(), Symbol(symbol), value]);
        assert_eq!(set.err().as_deref(), (symbol == "rcvhwm").then_some(number), "{symbol}");
    }
    call("timeout", &[rep.clone(), Long(10)]);
    call("timeout", &[push.clone(), Int(10)]);

    let s0 = || req.clone();
    let cases: Vec<(&str, Vec<Arg>, &str)> = vec![
        ("new", vec![Symbol("stop")], "STOP: no such socket type"),
        ("new", vec![Symbol("")], ": no such socket type"),
        ("new", vec![Long(3)], name),
        ("bind", vec![s("x"), s("tcp://127.0.0.1:*")], number),
        ("bind", vec![s0(), Long(5555)], name),
        ("bind", vec![s0(), s("nonsense")], "nonsense: Invalid argument"),
        ("bind", vec![s0(), s("")], ": Invalid argument"),
        ("bind", vec![s0(), s("foo://x")], "foo://x: Protocol not supported"),
        ("bind", vec![s0(), Chars(b"tcp://\0".to_vec())], text),
        ("bind", vec![s0(), Chars(b"tcp://\xff".to_vec())], text),
        ("bind", vec![s0(), taken], &taken_text),
        ("bind", vec![Long(gone), s("tcp://127.0.0.1:*")], &gone_text),
        ("connect", vec![s0(), s("tcp://127.0.0.1")], "tcp://127.0.0.1: Invalid argument"),
        ("connect", vec![s0(), Nil], name),
        ("connect", vec![Long(gone), s("tcp://127.0.0.1:1")], &gone_text),
        ("connect", vec![Long(i64::MIN), s("x")], "socket -9223372036854775808 is not open"),
        ("send", vec![s0(), Long(1)], bytes),
        ("send", vec![s0(), Symbol("abc")], bytes),
        ("send", vec![s0(), Nil], bytes),
        ("send", vec![s0(), List(vec![])], "length: a message has at least one frame"),
        ("send", vec![s0(), List(vec![s("a"), Long(1)])], bytes),
        ("send", vec![rep.clone(), s("x")], "Operation cannot be accomplished in current state"),
        ("send", vec![push.clone(), s("nobody is there")], "timeout"),
        ("send", vec![Long(gone), s("x")], &gone_text),
        ("recv", vec![s0()], "Operation cannot be accomplished in current state"),
        ("recv", vec![rep.clone()], "timeout"),
        ("recv", vec![push.clone()], "Operation not supported"),
        ("recv", vec![s("x")], number),
        ("recv", vec![Long(gone)], &gone_text),
        ("set", vec![s0(), Symbol("nonsense"), Long(1)], "nonsense: no such option"),
        ("set", vec![s0(), Long(1), Long(1)], name),
        ("set", vec![s0(), Symbol("linger"), s("x")], number),
        (
            "set",
            vec![s0(), Symbol("linger"), Long(1 << 40)],
            "range: an option's number has 32 bits",
        ),
        ("set", vec![s0(), Symbol("subscribe"), s("A")], "Invalid argument"),
        ("set", vec![s0(), Symbol("routing_id"), Long(1)], bytes),
        ("set", vec![Long(gone), Symbol("linger"), Long(0)], &gone_text),
        ("timeout", vec![s0(), Long(-2)], range),
        ("timeout", vec![s0(), Long(i64::MIN)], range), // 0N, which every failed "J"$ gives
        ("timeout", vec![s0(), s("x")], number),
        ("timeout", vec![Long(gone), Long(1)], &gone_text),
        ("poll", vec![s0(), Long(i64::MAX)], range),
        ("poll", vec![s("x"), Long(1)], "type: longs are wanted"),
        ("poll", vec![List(vec![Long(1), s("x")]), Long(1)], "type: longs are wanted"),
        ("poll", vec![Longs(vec![gone]), Long(1)], &gone_text),
        ("poll", vec![s0(), s("x")], number),
        ("proxy", vec![s0(), s("x")], number),
        ("proxy", vec![s0(), Long(gone)], &gone_text),
        ("proxy", vec![s0(), s0()], "socket is in use"),
        ("close", vec![Long(gone)], &gone_text),
        ("close", vec![Nil], number),
    ];
    for (name, args, expected) in &cases {
        assert_eq!(fails(name, args), *expected, "{name} {args:?}");
    }
    // Only these two have no way to fail here: `interrupted` is term's, tested below.
    let failing: Vec<_> = cases.iter().map(|case| case.0).collect();
    assert!(NAMES.iter().all(|n| ["term", "version"].contains(n) || failing.contains(n)));
}
