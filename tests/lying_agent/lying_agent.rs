//! An agent that lies: an honest one of any language, and between it and the harness somebody who
//! changes what it is asked or what it answers. `lying-agent LIE[:AT] COMMAND...`
//!
//! Where the wire shall lie, the request is changed: then a real library really does what is wrong. A
//! lie that can be told of any op, or any size, names one: `die:recv`. The control is `honest`, which takes the same
//! way. By hand: `cargo run --example lying-agent -- drop-empty target/debug/zmq-interop agent`.
//!
//! A request is changed in `asked` (and, by theme, `sends`, `topics`, `options`, `places`), a response in `told`.

mod asked;
mod data;
mod options;
mod places;
mod relay;
mod sends;
mod told;
mod topics;
mod trouble;
mod wire;

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Lines, Write as _, stdin, stdout};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use clap::ValueEnum as _;
use serde_json::{Value, json};

use zmq_interop::suite::conformance::lie::Lie;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[allow(dead_code, reason = "the tests are this program too, and call `play`")]
fn main() -> Result {
    play(&std::env::args().skip(1).collect::<Vec<_>>())
}

/// Plays what the `words` of a command line say, until standard input ends.
pub fn play(words: &[String]) -> Result {
    let [lie, program, arguments @ ..] = words else {
        return Err("usage: lying-agent LIE[:AT] COMMAND...".into());
    };
    let (lie, at) = lie.split_once(':').unwrap_or((lie, ""));
    let mut liar = Liar { lie: Lie::from_str(lie, false)?, at: at.into(), ..Liar::default() };
    let mut honest = Honest::start(program, arguments)?;
    for line in stdin().lines() {
        let answer = match serde_json::from_str(&line?) {
            Ok(request) => liar.answer(request, &mut honest)?,
            // Nonsense has no op; the honest one knows what to say.
            Err(_) => honest.ask("nonsense")?,
        };
        writeln!(stdout().lock(), "{answer}")?;
        if let Some(status) = liar.exits {
            std::process::exit(status);
        }
    }
    Ok(())
}

/// The honest agent behind it, which ends when its input does.
struct Honest {
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Honest {
    #[allow(clippy::zombie_processes, reason = "neither outlives the other for long")]
    fn start(program: &str, arguments: &[String]) -> Result<Honest> {
        let mut command = Command::new(program);
        let mut child =
            command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (Some(input), Some(output)) = (input, output) else { unreachable!("both are piped") };
        Ok(Honest { input, output: BufReader::new(output).lines() })
    }

    fn ask(&mut self, line: &str) -> Result<String> {
        writeln!(self.input, "{line}")?;
        Ok(self.output.next().ok_or("the honest agent ended")??)
    }
}

/// The lie, and what has to be remembered for it.
#[derive(Default)]
struct Liar {
    lie: Lie,
    /// The op at which it is told, or the size, where the lie fits any.
    at: String,
    /// Does it end now?
    exits: Option<i32>,
    /// The sockets, by name.
    sockets: HashMap<String, Socket>,
    /// How many key pairs were made, and the first.
    made: u32,
    keys: Option<Value>,
}

/// What is remembered of a socket.
#[derive(Default)]
struct Socket {
    /// The type that it was asked to have.
    kind: String,
    /// How often it has been connected.
    connected: usize,
    /// The endpoints that it was given, as they were told.
    endpoints: Vec<Value>,
    /// The envelopes of all clients that it heard of, in the form of requests; the last one last.
    clients: Vec<Vec<Value>>,
    /// The topics that it subscribed to.
    topics: Vec<Value>,
    /// The value of the option that is not set.
    forgotten: Option<Value>,
    /// Was it given the option that the lie is about?
    marked: bool,
    /// How many messages it was asked to send, and how many came.
    sent: usize,
    came: usize,
    /// The frames of a message: the first that was sent, one that is held back, one that came early.
    first: Option<Value>,
    held: Option<Value>,
    early: Option<Value>,
    /// Was it told to let an endpoint go?
    let_go: bool,
    /// Requests that it does not hand over yet, the next one last.
    waiting: Vec<Value>,
    /// Did it find no room for a message?
    full: bool,
    /// Did the last receive time out?
    timed_out: bool,
}

impl Liar {
    fn answer(&mut self, mut request: Value, honest: &mut Honest) -> Result<String> {
        let (id, op) = (request["id"].clone(), request["op"].as_str().unwrap_or_default());
        if op == self.at {
            trouble::make(self.lie, &id)?;
        }
        let mut response = match self.asked(&mut request) {
            Some(pretended) => json!({"id": id, "ok": pretended}),
            None => serde_json::from_str(&honest.ask(&request.to_string())?)?,
        };
        while self.loses(&request, &mut response) {
            response = serde_json::from_str(&honest.ask(&request.to_string())?)?;
        }
        for more in self.more(&request, &response) {
            honest.ask(&more.to_string())?;
        }
        if request["op"] == "exit" && self.lie != Lie::Ignore {
            self.exits = Some(if self.lie == Lie::ExitThree { 3 } else { 0 });
        }
        self.told(&request, &mut response);
        Ok(response.to_string())
    }

    /// What is remembered of the socket of a request.
    fn socket(&mut self, request: &Value) -> &mut Socket {
        let name = request["socket"].as_str().unwrap_or_default();
        self.sockets.entry(name.into()).or_default()
    }
}
