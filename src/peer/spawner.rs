//! Starts processes so that they die with us.

use std::io;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Sender, SyncSender};
use std::thread;

/// Starts a process on a thread that lives as long as we do. PR_SET_PDEATHSIG below means the thread
/// that forked, not the process: a child that outlives the thread which wanted it must not be killed.
pub fn spawn(
    #[allow(unused_mut, reason = "only Linux changes it")] mut starter: Command,
) -> io::Result<Child> {
    type Wish = (Command, SyncSender<io::Result<Child>>);
    #[cfg(target_os = "linux")]
    die_with_us(&mut starter);
    static SPAWNER: OnceLock<Sender<Wish>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (tell, wishes) = mpsc::channel::<Wish>();
        background("spawner", move || {
            for (mut starter, answer) in wishes {
                let _ = answer.send(starter.spawn());
            }
        });
        tell
    });
    let gone = || io::Error::other("the thread that starts processes has ended");
    let (answer, process) = mpsc::sync_channel(1);
    spawner.send((starter, answer)).map_err(|_| gone())?;
    process.recv().map_err(|_| gone())?
}

/// Lets the kernel kill the child when we end, however that comes about (even by SIGKILL, when no code
/// of ours runs any more).
#[cfg(target_os = "linux")]
fn die_with_us(starter: &mut Command) {
    let we = rustix::process::getpid();
    use std::os::unix::process::CommandExt as _;
    // SAFETY: between fork and exec only prctl(2) and getppid(2) are called, which are
    // async-signal-safe.
    unsafe {
        starter.pre_exec(move || {
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
            // Too late if we had ended before.
            match rustix::process::getppid() {
                Some(parent) if parent == we => Ok(()),
                _ => Err(io::ErrorKind::BrokenPipe.into()),
            }
        });
    }
}

/// Small threads, named for whoever looks with a debugger.
pub(super) fn background(name: &str, work: impl FnOnce() + Send + 'static) {
    thread::Builder::new()
        .name(name.into())
        .stack_size(128 * 1024)
        .spawn(work)
        .expect("the operating system has no thread left");
}
