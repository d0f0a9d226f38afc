//! ZeroMQ for q. `interop/q/qzmq.q` loads these functions with `2:`; docs/q.md describes them.
//!
//! Here is only the list of exports. `k` is q's side of the border, `sockets` ZeroMQ's, and `guard`
//! stands between: it turns errors and panics into q errors.

mod guard;
mod k;
mod sockets;

use k::K;

// Each `fn name(arguments)` becomes an export of that name and rank. No name begins with `zmq_`: q
// resolves symbols process-wide, and another extension may bring libzmq along.
macro_rules! exports {
    ($($(#[$meta:meta])* fn $name:ident($($arg:ident),+) $body:block)+) => {$(
        $(#[$meta])*
        ///
        /// # Safety
        /// The arguments must be live K objects, as q passes them. They stay the caller's.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($arg: K),+) -> K {
            guard::guard(|| {
                $(let $arg = unsafe { k::Value::of($arg) };)+
                $body
            })
        }
    )+};
}

exports! {
    /// `` new`REQ `` makes a socket: its handle.
    fn qzmq_new(kind) { Ok(k::long(sockets::new(kind.text()?)?)) }
    /// `bind[s;"tcp://127.0.0.1:*"]` gives the real endpoint.
    fn qzmq_bind(s, endpoint) { Ok(k::string(sockets::bind(s.long()?, endpoint.text()?)?.as_bytes())) }
    /// `connect[s;endpoint]`.
    fn qzmq_connect(s, endpoint) { sockets::connect(s.long()?, endpoint.text()?).map(k::nil) }
    /// `send[s;message]`: a string or bytes, or a list of them for a multipart message.
    fn qzmq_send(s, message) { sockets::send(s.long()?, message.frames()?).map(k::nil) }
    /// `recv s` gives a string, or a list of strings for a multipart message.
    fn qzmq_recv(s) { Ok(k::message(&sockets::recv(s.long()?)?)) }
    /// ``set[s;`linger;0]``.
    fn qzmq_set(s, option, value) { sockets::set(s.long()?, option.text()?, &value).map(k::nil) }
    /// `timeout[s;ms]` for send and recv; -1 is for ever.
    fn qzmq_timeout(s, ms) { sockets::timeout(s.long()?, ms.milliseconds()?).map(k::nil) }
    /// `poll[sockets;ms]` gives those of `sockets` that have a message.
    fn qzmq_poll(sockets, ms) {
        Ok(k::longs(&sockets::poll(sockets.longs()?, ms.milliseconds()?)?))
    }
    /// `proxy[frontend;backend]` runs until an error ends it.
    fn qzmq_proxy(frontend, backend) {
        sockets::proxy(frontend.long()?, backend.long()?).map(k::nil)
    }
    /// `close s`.
    fn qzmq_close(s) { sockets::close(s.long()?).map(k::nil) }
    /// `term[]` closes every socket and waits until its messages are gone, or its linger is over.
    fn qzmq_term(_ignored) { sockets::term().map(k::nil) }
    /// `version[]` gives this extension's version and libzmq's.
    fn qzmq_version(_ignored) {
        let (major, minor, patch) = zmq::version();
        Ok(k::strings(&[env!("CARGO_PKG_VERSION"), &format!("{major}.{minor}.{patch}")]))
    }
}
