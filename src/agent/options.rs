//! The options of a socket, by the contract's names. The crate has a method for each that it knows; those
//! that it lacks, and a binary welcome message, are lacking here as well.

use serde::Deserialize as _;
use serde_json::{Value, json};
use zmq::{Result as Zmq, Socket};

use super::data::{Frame, Refusal};
use crate::digest::D;

type Text = std::result::Result<String, Vec<u8>>;

type Get<T> = fn(&Socket) -> Zmq<T>;

/// How an option is set, then how it is got, where it can be.
enum Kind {
    Flag(fn(&Socket, bool) -> Zmq<()>, Option<Get<bool>>),
    Number(fn(&Socket, i32) -> Zmq<()>, Get<i32>),
    Long(fn(&Socket, i64) -> Zmq<()>, Get<i64>),
    Str(fn(&Socket, &str) -> Zmq<()>, Get<Text>),
    Binary(fn(&Socket, &[u8]) -> Result<(), Refusal>, Option<Get<Vec<u8>>>),
    Key(fn(&Socket, &[u8]) -> Zmq<()>, Get<Vec<u8>>),
    ReadOnly(Get<Value>),
}
use Kind::*;

const OPTIONS: &[(&str, Kind)] = &[
    ("LINGER", Number(Socket::set_linger, Socket::get_linger)),
    ("SNDHWM", Number(Socket::set_sndhwm, Socket::get_sndhwm)),
    ("RCVHWM", Number(Socket::set_rcvhwm, Socket::get_rcvhwm)),
    ("SNDTIMEO", Number(Socket::set_sndtimeo, Socket::get_sndtimeo)),
    ("RCVTIMEO", Number(Socket::set_rcvtimeo, Socket::get_rcvtimeo)),
    ("SNDBUF", Number(Socket::set_sndbuf, Socket::get_sndbuf)),
    ("RCVBUF", Number(Socket::set_rcvbuf, Socket::get_rcvbuf)),
    ("ROUTING_ID", Binary(|s, id| Ok(s.set_identity(id)?), Some(Socket::get_identity))),
    ("ROUTER_MANDATORY", Flag(Socket::set_router_mandatory, Some(Socket::is_router_mandatory))),
    ("ROUTER_HANDOVER", Flag(Socket::set_router_handover, Some(Socket::is_router_handover))),
    ("PROBE_ROUTER", Flag(Socket::set_probe_router, Some(Socket::is_probe_router))),
    ("REQ_RELAXED", Flag(Socket::set_req_relaxed, None)),
    ("REQ_CORRELATE", Flag(Socket::set_req_correlate, None)),
    ("IMMEDIATE", Flag(Socket::set_immediate, Some(Socket::is_immediate))),
    ("CONFLATE", Flag(Socket::set_conflate, Some(Socket::is_conflate))),
    ("RECONNECT_IVL", Number(Socket::set_reconnect_ivl, Socket::get_reconnect_ivl)),
    ("RECONNECT_IVL_MAX", Number(Socket::set_reconnect_ivl_max, Socket::get_reconnect_ivl_max)),
    ("HANDSHAKE_IVL", Number(Socket::set_handshake_ivl, Socket::get_handshake_ivl)),
    ("HEARTBEAT_IVL", Number(Socket::set_heartbeat_ivl, Socket::get_heartbeat_ivl)),
    ("HEARTBEAT_TTL", Number(Socket::set_heartbeat_ttl, Socket::get_heartbeat_ttl)),
    ("HEARTBEAT_TIMEOUT", Number(Socket::set_heartbeat_timeout, Socket::get_heartbeat_timeout)),
    ("MAXMSGSIZE", Long(Socket::set_maxmsgsize, Socket::get_maxmsgsize)),
    ("IPV6", Flag(Socket::set_ipv6, Some(Socket::is_ipv6))),
    ("TCP_KEEPALIVE", Number(Socket::set_tcp_keepalive, Socket::get_tcp_keepalive)),
    ("XPUB_VERBOSE", Flag(Socket::set_xpub_verbose, None)),
    ("XPUB_WELCOME_MSG", Binary(welcome, None)),
    ("PLAIN_SERVER", Flag(Socket::set_plain_server, Some(Socket::is_plain_server))),
    ("PLAIN_USERNAME", Str(|s, t| s.set_plain_username(Some(t)), Socket::get_plain_username)),
    ("PLAIN_PASSWORD", Str(|s, t| s.set_plain_password(Some(t)), Socket::get_plain_password)),
    ("CURVE_SERVER", Flag(Socket::set_curve_server, Some(Socket::is_curve_server))),
    ("CURVE_PUBLICKEY", Key(Socket::set_curve_publickey, Socket::get_curve_publickey)),
    ("CURVE_SECRETKEY", Key(Socket::set_curve_secretkey, Socket::get_curve_secretkey)),
    ("CURVE_SERVERKEY", Key(Socket::set_curve_serverkey, Socket::get_curve_serverkey)),
    ("ZAP_DOMAIN", Str(Socket::set_zap_domain, Socket::get_zap_domain)),
    ("LAST_ENDPOINT", ReadOnly(|s| Ok(json!(lossy(s.get_last_endpoint()?))))),
    ("TYPE", ReadOnly(|s| Ok(json!(s.get_socket_type()? as i32)))),
    ("MECHANISM", ReadOnly(|s| Ok(json!(s.get_mechanism()? as i32)))),
    ("EVENTS", ReadOnly(|s| Ok(json!(s.get_events()?.bits())))),
];

fn welcome(socket: &Socket, message: &[u8]) -> Result<(), Refusal> {
    let text = std::str::from_utf8(message)
        .map_err(|_| Refusal::unsupported("crate zmq's welcome message is UTF-8"))?;
    Ok(socket.set_xpub_welcome_msg(Some(text))?)
}

fn lossy(text: Text) -> String {
    text.unwrap_or_else(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Those that this library has: without CURVE it has none of its options.
pub fn option_names() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().map(|(name, _)| *name).filter(|name| available(name))
}

fn available(name: &str) -> bool {
    !name.starts_with("CURVE_") || zmq::has("curve") == Some(true)
}

fn find_option(name: &str) -> Result<&'static Kind, Refusal> {
    let named = OPTIONS.iter().find(|(known, _)| *known == name && available(name));
    Ok(&named.ok_or_else(|| Refusal::unsupported(format!("no option {name}")))?.1)
}

/// Sets an option.
pub fn set_option(socket: &Socket, name: &str, value: &Value) -> Result<(), Refusal> {
    let wants = |what: &str| Refusal::bad_request(format!("{name} is {what}, not {value}"));
    let number = || value.as_i64().ok_or_else(|| wants("a number"));
    let string = || value.as_str().ok_or_else(|| wants("a string"));
    match find_option(name)? {
        Flag(set, _) => match number()? {
            flag @ (0 | 1) => Ok(set(socket, flag == 1)?),
            _ => Err(zmq::Error::EINVAL.into()), // as libzmq would say; the crate has a bool
        },
        Number(set, _) => {
            let number = i32::try_from(number()?).map_err(|_| wants("a smaller number"))?;
            Ok(set(socket, number)?)
        }
        Long(set, _) => Ok(set(socket, number()?)?),
        Str(set, _) => Ok(set(socket, string()?)?),
        Binary(set, _) => {
            let frame = Frame::deserialize(value).map_err(|_| wants("hex, text or fill"))?;
            set(socket, &frame.bytes()?)
        }
        Key(set, _) => {
            let key = zmq::z85_decode(string()?).map_err(|_| zmq::Error::EINVAL)?;
            Ok(set(socket, &key)?)
        }
        ReadOnly(_) => Err(zmq::Error::EINVAL.into()),
    }
}

/// Gets an option. libzmq's answer to who asks for a write-only one is EINVAL.
pub fn get_option(socket: &Socket, name: &str) -> Result<Value, Refusal> {
    let unreadable = zmq::Error::EINVAL;
    Ok(match find_option(name)? {
        Flag(_, get) => json!(get.ok_or(unreadable)?(socket)? as i32),
        Number(_, get) => json!(get(socket)?),
        Long(_, get) => json!(get(socket)?),
        Str(_, get) => json!(lossy(get(socket)?)),
        Binary(_, get) => json!(D::of(&get.ok_or(unreadable)?(socket)?)),
        Key(_, get) => json!(zmq::z85_encode(&get(socket)?).map_err(|_| unreadable)?),
        ReadOnly(get) => get(socket)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_set_and_got_by_name() {
        let socket = zmq::Context::new().socket(zmq::DEALER).unwrap();
        for (name, value) in [
            ("SNDHWM", json!(7)),
            ("MAXMSGSIZE", json!(1_i64 << 40)),
            ("IMMEDIATE", json!(1)),
            ("PLAIN_USERNAME", json!("admin")),
        ] {
            set_option(&socket, name, &value).unwrap();
            assert_eq!(get_option(&socket, name).unwrap(), value, "{name}");
        }
        set_option(&socket, "ROUTING_ID", &json!({"hex": "00ff"})).unwrap();
        assert_eq!(get_option(&socket, "ROUTING_ID").unwrap()["hex"], "00ff");
        assert_eq!(get_option(&socket, "TYPE").unwrap(), zmq::DEALER as i32);
    }

    #[test]
    fn every_name_is_an_option_and_no_other_is() {
        assert!(option_names().all(|name| find_option(name).is_ok()));
        for name in ["FLIGHT_LEVEL", "linger", ""] {
            assert!(
                find_option(name).is_err_and(|refusal| refusal.code == "unsupported"),
                "{name}"
            );
        }
    }

    #[test]
    fn values_of_the_wrong_kind_are_refused() {
        let socket = zmq::Context::new().socket(zmq::XPUB).unwrap();
        for (name, value, code) in [
            ("SNDHWM", json!("7"), "bad-request"),
            ("SNDHWM", json!(true), "bad-request"),
            ("SNDHWM", json!(1_i64 << 40), "bad-request"),
            ("ROUTING_ID", json!("me"), "bad-request"),
            ("IMMEDIATE", json!(2), "EINVAL"),
            ("TYPE", json!(1), "EINVAL"),
            ("XPUB_WELCOME_MSG", json!({"hex": "ff"}), "unsupported"),
        ] {
            assert_eq!(set_option(&socket, name, &value).unwrap_err().code, code, "{name} {value}");
        }
    }
}
