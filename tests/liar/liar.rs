//! A peer that lies: it plays any role honestly, or with one lie. `liar LIE ROLE [ENDPOINT...]`
//!
//! The harness is tested with it from outside, through a manifest, as it meets a stranger's peer. An
//! honest run takes the same way through this code and is the control: what is caught is the lie.
//! By hand: `cargo run --example liar -- upper rep`.

#[path = "broker.rs"]
mod broker;
#[path = "client.rs"]
mod client;
#[path = "lie.rs"]
mod lie;
#[path = "say.rs"]
mod say;
#[path = "server.rs"]
mod server;
#[path = "trouble.rs"]
mod trouble;

use std::io::Read as _;

use clap::ValueEnum as _;
use zmq_interop::role::Role;

use lie::Lie;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[allow(dead_code, reason = "the tests are this program too, and call `play`")]
fn main() -> Result {
    play(&std::env::args().skip(1).collect::<Vec<_>>())
}

/// Plays what the `words` of a command line say.
pub fn play(words: &[String]) -> Result {
    let [lie, role, endpoints @ ..] = words else {
        return Err("usage: liar LIE ROLE [ENDPOINT...]".into());
    };
    let lie = Lie::from_str(lie, false)?;
    let role: Role = role.parse()?;
    let default = |i: usize| role.parameters().get(i).map(|p| p.default.to_owned());
    let endpoint = |i: usize| endpoints.get(i).cloned().or(default(i)).unwrap_or_default();
    if lie == Lie::Stubborn {
        trouble::ignore_term(); // Before anybody can know that it runs.
    }
    say::hello(role);
    trouble::begin(lie, role, &endpoint)?;
    match role {
        Role::Rep | Role::Mrep => server::serve(lie, role, &endpoint(0)),
        Role::C | Role::Mreq => client::ask(lie, role, &endpoint(0)),
        Role::Req => client::relay(lie, &endpoint(0), &endpoint(1)),
        Role::Msgqueue => broker::carry(lie, &endpoint(0), &endpoint(1)),
        Role::Push => push(lie, &endpoint(0)),
    }
}

fn push(lie: Lie, endpoint: &str) -> Result {
    let context = zmq::Context::new();
    let socket = context.socket(zmq::PUSH)?;
    socket.connect(endpoint)?;
    say::ready(&[])?;
    let mut message = vec![];
    std::io::stdin().read_to_end(&mut message)?;
    while message.ends_with(b"\n") {
        message.pop();
    }
    let other = [&message[..], b"!"].concat();
    match lie {
        Lie::Mute => {}
        Lie::Claim => socket.send(&other, 0)?,
        _ => socket.send(&message, 0)?,
    }
    drop((socket, context)); // Waits until the message is handed over.
    say::say("sent", if lie == Lie::Misquote { &other } else { &message })
}
