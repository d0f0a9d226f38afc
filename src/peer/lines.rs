//! Lines to and from a child over its standard input and output, in the thread of who asks: what is said
//! is kept until it must go, so that requests that need no answer yet go together, and while one
//! direction waits the other goes on, so that nobody waits for somebody who waits.

use std::io::{self, ErrorKind, PipeReader, Read as _, Write as _};
use std::os::fd::AsFd;
use std::process::{ChildStdin, ChildStdout};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// So much is read at a time, in bytes.
const CHUNK: usize = 16 * 1024;

/// Why there is no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// None came in time.
    Timeout,
    /// Standard output was closed, or the process has ended: there will be no more.
    Over,
    /// More came than a line may have, or than anybody asked for.
    Flood,
}

/// See the module.
pub struct Lines {
    stdin: ChildStdin,
    stdout: ChildStdout,
    /// Readable once the process has ended: who inherited its standard output may hold that open.
    end: PipeReader,
    /// How much may have come that nobody took yet, in bytes; so long a line may be, too.
    bound: usize,
    unsent: Vec<u8>,
    unread: Vec<u8>,
    /// So many bytes of `unread` are known to have no newline, or were taken.
    seen: usize,
    taken: usize,
    over: bool,
}

impl Lines {
    /// A conversation over these pipes, in lines of at most `bound` bytes.
    pub fn new(
        stdin: ChildStdin,
        stdout: ChildStdout,
        end: PipeReader,
        bound: usize,
    ) -> io::Result<Lines> {
        rustix::io::ioctl_fionbio(&stdin, true)?;
        rustix::io::ioctl_fionbio(&stdout, true)?;
        let (unsent, unread) = (vec![], vec![]);
        Ok(Lines { stdin, stdout, end, bound, unsent, unread, seen: 0, taken: 0, over: false })
    }

    /// Says `line`, by and by: when [`Lines::flush`] or [`Lines::line`] waits.
    pub fn say(&mut self, line: &[u8]) {
        self.unsent.extend_from_slice(line);
    }

    /// Lets all go that was said. It is in vain once nothing of it is taken for the time of `timeout`.
    pub fn flush(&mut self, timeout: Duration) -> Result<(), Silence> {
        self.write();
        while !self.unsent.is_empty() {
            let before = self.unsent.len();
            let deadline = Instant::now() + timeout;
            while self.unsent.len() == before {
                self.turn(deadline)?;
            }
        }
        Ok(())
    }

    /// The next line, without its newline.
    pub fn line(&mut self, timeout: Duration) -> Result<Vec<u8>, Silence> {
        let deadline = Instant::now() + timeout;
        self.write();
        loop {
            let rest = &self.unread[self.seen..];
            if let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
                let end = self.seen + at;
                let line = self.unread[self.taken..end].to_vec();
                (self.taken, self.seen) = (end + 1, end + 1);
                return Ok(line);
            }
            self.seen = self.unread.len();
            self.turn(deadline)?;
        }
    }

    /// Waits until one of the two directions goes on, or until the end.
    fn turn(&mut self, deadline: Instant) -> Result<(), Silence> {
        if self.over {
            return Err(Silence::Over);
        }
        self.unread.drain(..self.taken);
        if self.unread.is_empty() {
            // Agents wait idle by the dozen, each with a buffer as large as its largest answer was.
            self.unread.shrink_to(CHUNK);
        }
        self.seen -= self.taken;
        self.taken = 0;
        let writes = if self.unsent.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
        let mut pipes = [
            // First, so that all of its output is there to be seen once its end is.
            PollFd::from_borrowed_fd(self.end.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.stdout.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.stdin.as_fd(), writes),
        ];
        match poll(&mut pipes[..if writes.is_empty() { 2 } else { 3 }], Some(&until(deadline))) {
            Ok(0) => return Err(Silence::Timeout),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => panic!("poll(2) on our own pipes: {error}"),
        }
        let [ended, readable, writable] = pipes.map(|pipe| !pipe.revents().is_empty());
        if writable {
            self.write();
        }
        if readable {
            self.read()?;
        } else if ended {
            // All that it wrote before was read.
            self.over = true;
        }
        Ok(())
    }

    /// Writes what goes at once. Of an end it is told by what can't be read any more.
    fn write(&mut self) {
        while !self.unsent.is_empty() {
            match self.stdin.write(&self.unsent) {
                Ok(size) => drop(self.unsent.drain(..size)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => self.unsent.clear(),
            }
        }
    }

    fn read(&mut self) -> Result<(), Silence> {
        let mut chunk = [0; CHUNK];
        match self.stdout.read(&mut chunk) {
            Ok(0) => self.over = true,
            Ok(size) => self.unread.extend_from_slice(&chunk[..size]),
            Err(error)
                if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
            Err(_) => self.over = true,
        }
        if self.unread.len() > self.bound { Err(Silence::Flood) } else { Ok(()) }
    }

    /// Waits for the end of the process, and reads nothing any more. Has it come in time?
    pub fn ends(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            let mut end = [PollFd::from_borrowed_fd(self.end.as_fd(), PollFlags::IN)];
            match poll(&mut end, Some(&until(deadline))) {
                Err(Errno::INTR) => {}
                events => return events.is_ok_and(|n| n > 0),
            }
        }
    }
}

/// The time that is left, as poll(2) wants it.
fn until(deadline: Instant) -> Timespec {
    let left = deadline.saturating_duration_since(Instant::now());
    Timespec::try_from(left).expect("a deadline is not so far away")
}
