//! Bad conduct that has nothing to do with a role.

use std::fs::File;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, exit};

use std::thread;
use std::time::Duration;

use zmq_interop::role::Role;
use zmq_interop::suite::scenario::lie::Lie;

use super::{Result, say};

/// How long an end takes that does not come at once.
const SLOW: Duration = Duration::from_secs(4);

/// How long before it binds somebody says that it is ready.
const EARLY: Duration = Duration::from_secs(1);

/// Does what `lie` does before the work begins; many never get to work.
pub fn begin(lie: Lie, role: Role, endpoint: &impl Fn(usize) -> String) -> Result {
    match lie {
        Lie::ExitZero => exit(0),
        Lie::ExitThree => exit(3),
        Lie::CrashOnce => {
            let state = std::env::var("LIAR_STATE")?;
            if File::create_new(state).is_ok() {
                exit(3);
            }
        }
        Lie::NeverReady => forever(),
        Lie::NotJson => {
            println!("rep: hello, I am ready");
            forever()
        }
        Lie::Deaf => return deaf(role, endpoint),
        Lie::Unconnected => {
            say::ready(&[])?;
            forever()
        }
        Lie::Elsewhere => {
            say::ready(&reserved(role)?)?;
            forever()
        }
        Lie::FloodLine => flood(&mut std::io::stdout(), b"x")?,
        Lie::FloodLines => flood(&mut std::io::stdout(), b"x\n")?,
        Lie::FloodErrors => flood(&mut std::io::stderr(), b"x\n")?,
        Lie::IgnoreTerm => ignore_term(),
        Lie::Stubborn => forever(),
        Lie::SlowTerm => at_term(|| thread::sleep(SLOW), 0)?,
        Lie::TermOne => at_term(|| {}, 1)?,
        Lie::ChildInGroup => {
            Command::new("sh").args(["-c", "trap '' TERM; sleep 100 & wait; sleep 100"]).spawn()?;
        }
        Lie::ChildEscaped => {
            let mut child = Command::new("sh");
            child.args(["-c", "sleep 100 & sleep 100 & wait"]);
            // SAFETY: setsid(2) is async-signal-safe.
            unsafe { child.pre_exec(|| Ok(rustix::process::setsid().map(drop)?)) };
            child.spawn()?;
        }
        _ => {}
    }
    Ok(())
}

pub fn ignore_term() {
    // SAFETY: no handler of ours runs.
    unsafe { libc::signal(libc::SIGTERM, libc::SIG_IGN) };
}

/// Does what `lie` does once the work is done.
pub fn end(lie: Lie) -> Result {
    match lie {
        Lie::LastThree => exit(3),
        Lie::Lingers => forever(),
        _ => Ok(()),
    }
}

/// On SIGTERM a thread does `what`, and ends this with `status`. Nobody else is interrupted by the signal.
fn at_term(what: fn(), status: i32) -> Result {
    // SAFETY: both only read and write the set that they are given.
    let signals = unsafe {
        let mut signals: libc::sigset_t = std::mem::zeroed();
        libc::sigaddset(&mut signals, libc::SIGTERM);
        libc::pthread_sigmask(libc::SIG_BLOCK, &signals, std::ptr::null_mut());
        signals
    };
    thread::spawn(move || {
        let mut signal = 0;
        // SAFETY: it writes only the number of the signal.
        unsafe { libc::sigwait(&signals, &mut signal) };
        what();
        exit(status)
    });
    Ok(())
}

fn forever() -> ! {
    loop {
        thread::park();
    }
}

fn flood(stream: &mut impl Write, text: &[u8]) -> Result {
    let chunk = text.repeat(64 * 1024 / text.len());
    for _ in 0..(1 << 30) / chunk.len() {
        stream.write_all(&chunk)?;
    }
    Ok(())
}

/// Has its sockets, and never reads from them.
fn deaf(role: Role, endpoint: &impl Fn(usize) -> String) -> Result {
    let context = zmq::Context::new();
    let mut bound = vec![];
    let mut sockets = vec![];
    for (i, parameter) in role.parameters().iter().enumerate() {
        let kind = if role == Role::Msgqueue && i == 1 { zmq::DEALER } else { zmq::ROUTER };
        let socket = context.socket(kind)?;
        match parameter.binds {
            true => {
                socket.bind(&endpoint(i))?;
                bound.push(socket.get_last_endpoint()?.unwrap_or_default());
            }
            false => socket.connect(&endpoint(i))?,
        }
        sockets.push(socket);
    }
    say::ready(&bound)?;
    forever()
}

/// Says that it is ready with ports that are free now; returns the endpoints at which to bind to them later.
pub fn early(role: Role, mut endpoints: Vec<String>) -> Result<Vec<String>> {
    let mut bound = vec![];
    for (endpoint, _) in endpoints.iter_mut().zip(role.parameters()).filter(|(_, p)| p.binds) {
        if endpoint.ends_with(":*") {
            *endpoint = format!("tcp://{}", TcpListener::bind("127.0.0.1:0")?.local_addr()?);
        }
        bound.push(endpoint.clone());
    }
    say::ready(&bound)?;
    thread::sleep(EARLY);
    Ok(endpoints)
}

/// Endpoints at which nobody listens, and nobody will: their ports are the near ends of connections.
fn reserved(role: Role) -> Result<Vec<String>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut endpoints = vec![];
    for _ in role.parameters().iter().filter(|p| p.binds) {
        let connection = TcpStream::connect(listener.local_addr()?)?;
        endpoints.push(format!("tcp://{}", connection.local_addr()?));
        std::mem::forget(connection);
    }
    std::mem::forget(listener);
    Ok(endpoints)
}
