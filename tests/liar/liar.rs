//! A peer that lies: it plays any role honestly, or with one lie. `liar LIE ROLE [ENDPOINT...]`
//!
//! The harness is tested with it from outside, through a manifest, as it meets a stranger's peer. An
//! honest run takes the same way through this code and is the control: what is caught is the lie.
//! By hand: `cargo run --example liar -- upper rep`.

#[path = "broker.rs"]
mod broker;
#[path = "client.rs"]
mod client;
#[path = "say.rs"]
mod say;
#[path = "server.rs"]
mod server;
#[path = "trouble.rs"]
mod trouble;

use std::io::Read as _;

use clap::ValueEnum as _;
use zmq_interop::role::Role;
use zmq_interop::suite::scenario::lie::Lie;

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
    say::lie(lie);
    trouble::begin(lie, role, &endpoint)?;
    let given = (0..role.parameters().len()).map(endpoint).collect();
    let given = if lie == Lie::ReadyEarly { trouble::early(role, given)? } else { given };
    let endpoint = |i: usize| given[i].as_str();
    match role {
        Role::Rep | Role::Mrep => server::serve(lie, role, endpoint(0)),
        Role::C | Role::Mreq => client::ask(lie, role, endpoint(0)),
        Role::Req => client::relay(lie, endpoint(0), endpoint(1)),
        Role::Msgqueue => broker::carry(lie, endpoint(0), endpoint(1)),
        Role::Push => push(lie, endpoint(0)),
    }?;
    trouble::end(lie)
}

/// Binds, and returns what to say of it.
pub fn bind(lie: Lie, socket: &zmq::Socket, endpoint: &str) -> Result<String> {
    let everywhere = lie == Lie::Everywhere;
    match everywhere {
        true => socket.bind(&endpoint.replace("127.0.0.1", "0.0.0.0"))?,
        false => socket.bind(endpoint)?,
    }
    let bound = socket.get_last_endpoint()?.unwrap_or_default();
    Ok(if everywhere { bound.replace("0.0.0.0", "127.0.0.1") } else { bound })
}

/// What a program that handles some messages wrongly makes of `body`: the message that it takes it for.
pub fn taken_for(lie: Lie, role: Role, n: usize, body: &[u8]) -> Vec<u8> {
    let odd = if role == Role::Push { 0xff } else { 0xa7 };
    match lie {
        Lie::WrongOnce if n == 500 => [body, b"!"].concat(),
        Lie::WrongLarge if body.len() >= 1 << 20 => body[1..].to_vec(),
        Lie::WrongFirstByte if body.first() == Some(&odd) => body[1..].to_vec(),
        Lie::FirstPart => body[..body.len().min(64 * 1024)].to_vec(),
        _ => body.to_vec(),
    }
}

fn push(lie: Lie, endpoint: &str) -> Result {
    let context = zmq::Context::new();
    let socket = context.socket(zmq::PUSH)?;
    // Not connected yet, it can't have handed over anything when it ends.
    if lie != Lie::Hasty {
        socket.connect(endpoint)?;
    }
    say::ready(&[])?;
    let mut message = vec![];
    std::io::stdin().read_to_end(&mut message)?;
    while message.ends_with(b"\n") && lie != Lie::KeepNewlines {
        message.pop();
    }
    let other = [&message[..], b"!"].concat();
    let wrong = taken_for(lie, Role::Push, 0, &message);
    match lie {
        Lie::Mute => {}
        Lie::Claim => socket.send(&other, 0)?,
        Lie::TakeSpaces => socket.send(message.trim_ascii(), 0)?,
        Lie::EachLine => {
            message.split(|b| *b == b'\n').try_for_each(|line| socket.send(line, 0))?;
        }
        Lie::Hasty => {
            socket.set_linger(0)?;
            socket.connect(endpoint)?;
            socket.send(&message, 0)?;
        }
        _ => socket.send(&wrong, 0)?,
    }
    drop((socket, context)); // Waits until the message is handed over.
    say::say("sent", if lie == Lie::Misquote { &other } else { &message })
}
