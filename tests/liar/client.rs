//! c, mreq and req on a DEALER socket, which lets them say what they like; the envelope is a REQ's
//! with REQ_CORRELATE: a number, and an empty delimiter.

use std::thread;
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom as _;
use zmq::{Context, Socket};
use zmq_interop::digest::sha1_hex;
use zmq_interop::role::Role;
use zmq_interop::suite::scenario::lie::Lie;

use super::{Result, bind, say, taken_for};

/// How long to wait for an answer before asking again.
const PATIENCE: Duration = Duration::from_secs(1);

/// The form of ctime(3).
const CTIME: &str = "%a %b %e %H:%M:%S %Y";

pub fn ask(lie: Lie, role: Role, endpoint: &str) -> Result {
    let context = Context::new();
    let mut client = Client::connect(&context, lie, role, endpoint)?;
    say::ready(&[])?;
    for n in 0..say::count() {
        if n > 0 {
            thread::sleep(say::interval());
        }
        if lie == Lie::CrashThird && n == 2 {
            std::process::exit(3);
        }
        let question = question(lie, role, n);
        if lie != Lie::SentLate {
            say::say("sent", &question)?;
        }
        let answer = client.exchange(&question)?;
        if lie == Lie::SentLate {
            say::say("sent", &question)?;
        }
        say::say("answered", &answer)?;
    }
    Ok(())
}

pub fn relay(lie: Lie, pull: &str, rep: &str) -> Result {
    let context = Context::new();
    let source = context.socket(zmq::PULL)?;
    let endpoint = bind(lie, &source, pull)?;
    let mut client = Client::connect(&context, lie, Role::Req, rep)?;
    say::ready(&[endpoint])?;
    for _ in 0..say::count() {
        let mut message = source.recv_bytes(0)?;
        if lie == Lie::Previous {
            message.push(b'!');
        }
        say::say("pulled", &message)?;
        let answer = client.exchange(&message)?;
        say::say("answered", &answer)?;
    }
    Ok(())
}

/// What a client asks, the nth time.
fn question(lie: Lie, role: Role, n: usize) -> Vec<u8> {
    if role == Role::C {
        let now = match lie {
            Lie::SameTime => "Fri Aug 10 00:03:40 2012".to_owned(),
            Lie::Utc => jiff::Timestamp::now().strftime(CTIME).to_string(),
            _ => jiff::Zoned::now().strftime(CTIME).to_string(),
        };
        return now.into_bytes();
    }
    let letter = |_| match lie {
        Lie::SameLetters => b'q',
        _ => *b"qwertyuiop".choose(&mut rand::rng()).expect("there are ten"),
    };
    let letters: Vec<u8> = match lie {
        Lie::SameStart => {
            format!("{n:010}").bytes().map(|d| b"qwertyuiop"[usize::from(d - b'0')]).collect()
        }
        _ => (0..10).map(letter).collect(),
    };
    let pid = match lie {
        Lie::AnotherPidInMessage => std::os::unix::process::parent_id(),
        _ => std::process::id(),
    };
    [&letters[..], format!(" (from client pid={pid})").as_bytes()].concat()
}

fn answer(role: Role, question: &[u8]) -> Vec<u8> {
    match role {
        Role::Mreq => question.to_vec(),
        _ => sha1_hex(question).into_bytes(),
    }
}

struct Client {
    socket: Socket,
    lie: Lie,
    role: Role,
    /// Of the last request.
    number: u32,
    /// The exchanges since it waited in vain.
    since_outage: Option<usize>,
}

impl Client {
    fn connect(context: &Context, lie: Lie, role: Role, endpoint: &str) -> Result<Client> {
        let socket = context.socket(zmq::DEALER)?;
        socket.set_linger(0)?;
        socket.set_immediate(true)?;
        socket.set_sndtimeo(PATIENCE.as_millis() as i32)?;
        socket.connect(endpoint)?;
        Ok(Client { socket, lie, role, number: 0, since_outage: None })
    }

    /// Asks until the answer comes, and returns what to tell of it.
    fn exchange(&mut self, question: &[u8]) -> Result<Vec<u8>> {
        let right = answer(self.role, question);
        match self.lie {
            Lie::Invent => return Ok(right),
            Lie::Mute => loop {
                thread::sleep(PATIENCE);
                say::say("resent", question)?;
            },
            Lie::Claim => {
                self.ask(&[question, b"!"].concat())?;
                return Ok(right);
            }
            Lie::ImpatientLater if self.since_outage.is_some_and(|n| n > 5) => {
                self.send(question)?;
                say::say("resent", question)?;
            }
            Lie::Impatient => {
                self.send(question)?;
                say::say("resent", question)?;
            }
            // From here on there is always one answer too many on its way.
            Lie::Stale if self.number == 0 => self.send(question)?,
            _ => {}
        }
        let asked = taken_for(self.lie, self.role, self.number as usize, question);
        let answer = self.ask(&asked)?;
        let after_resend = self.lie == Lie::WrongAfterResend && self.since_outage.is_some();
        self.since_outage = self.since_outage.map(|n| n + 1);
        Ok(if self.lie == Lie::Misquote || after_resend {
            [&answer[..], b"!"].concat()
        } else {
            answer
        })
    }

    fn ask(&mut self, question: &[u8]) -> Result<Vec<u8>> {
        let other = [question, b"!"].concat();
        let mut sent = self.send(question);
        loop {
            match sent.and_then(|()| self.receive()) {
                Ok(Some(answer)) => return Ok(answer),
                Err(error) if error.downcast_ref() != Some(&zmq::Error::EAGAIN) => {
                    return Err(error);
                }
                _ => self.since_outage = Some(0),
            }
            // The letters of which the reply to the other question must be right, too.
            let again = match self.lie {
                Lie::ResendOther | Lie::ResendOtherTold => &other,
                _ => question,
            };
            match self.lie {
                Lie::NeverResends | Lie::ResendUntold => {}
                Lie::ResendOtherTold => say::say("resent", again)?,
                _ => say::say("resent", question)?,
            }
            sent = match self.lie {
                Lie::NeverResends | Lie::ResendMute => Ok(()),
                _ => self.send(again),
            };
        }
    }

    fn send(&mut self, question: &[u8]) -> Result {
        self.number += 1;
        Ok(self.socket.send_multipart([&self.number.to_be_bytes()[..], b"", question], 0)?)
    }

    /// The answer to the last request, unless it does not come in time.
    fn receive(&mut self) -> Result<Option<Vec<u8>>> {
        let deadline = Instant::now()
            + match self.lie {
                Lie::ResendEarly => PATIENCE / 2,
                Lie::ResendLate => PATIENCE * 3,
                _ => PATIENCE,
            };
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if self.socket.poll(zmq::POLLIN, left.as_millis() as i64)? == 0 {
                return Ok(None);
            }
            let frames = self.socket.recv_multipart(0)?;
            let any = matches!(self.lie, Lie::Stale | Lie::AnyAnswer);
            if frames[0] == self.number.to_be_bytes() || any {
                return Ok(frames.into_iter().next_back());
            }
        }
    }
}
