//! Bad conduct at an op.

use std::io::Write;
use std::process::exit;
use std::time::Duration;

use serde_json::{Value, json};

use super::Result;
use zmq_interop::suite::conformance::lie::Lie;

/// How long somebody slow takes: a case asks a hundred times, and has up to 30 s on a slow machine.
const WHILE: Duration = Duration::from_millis(400);

/// What `lie` does when it is asked for the op, with request `id`; only some get to answer.
pub fn make(lie: Lie, id: &Value) -> Result {
    match lie {
        Lie::Hang => loop {
            std::thread::park();
        },
        Lie::Die => exit(3),
        Lie::Slow => {
            std::thread::park_timeout(WHILE);
            Ok(())
        }
        Lie::NotJson => {
            println!("recv: here you are");
            Ok(())
        }
        Lie::FloodLine => flood(&mut std::io::stdout(), "x"),
        Lie::FloodLines => flood(&mut std::io::stdout(), "x\n"),
        Lie::FloodAnswers => {
            flood(&mut std::io::stdout(), &format!("{}\n", json!({"id": id, "ok": {}})))
        }
        Lie::FloodErrors => flood(&mut std::io::stderr(), "x\n"),
        _ => Ok(()),
    }
}

/// A quarter of a gigabyte.
fn flood(stream: &mut impl Write, text: &str) -> Result {
    let chunk = text.repeat(64 * 1024 / text.len());
    for _ in 0..(1 << 28) / chunk.len() {
        stream.write_all(chunk.as_bytes())?;
    }
    Ok(())
}
