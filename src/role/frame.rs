//! A frame that is received and sent on, again and again. [`zmq::Message`] is allocated anew for each, which costs a
//! broker an eighth of its speed (docs/performance.md).

use zmq::{Error, Socket};
use zmq_sys::zmq_msg_t;

/// See the module. Its address stays the same, as zmq_msg_init(3) wants.
pub struct Frame(Box<zmq_msg_t>);

impl Frame {
    /// An empty one.
    pub fn new() -> Frame {
        let mut message = Box::<zmq_msg_t>::default();
        // SAFETY: zmq_msg_init(3) makes a message of whatever was there, and never fails.
        unsafe { zmq_sys::zmq_msg_init(&mut *message) };
        Frame(message)
    }

    /// Takes in the next frame that came to `socket`; what was here before is gone.
    pub fn receive(&mut self, socket: &mut Socket, flags: i32) -> Result<(), Error> {
        // SAFETY: it was initialised, and the socket is open as long as it is borrowed.
        done(unsafe { zmq_sys::zmq_msg_recv(&mut *self.0, socket.as_mut_ptr(), flags) })
    }

    /// Sends it on, and is empty afterwards.
    pub fn send(&mut self, socket: &mut Socket, flags: i32) -> Result<(), Error> {
        // SAFETY: it was initialised, and the socket is open as long as it is borrowed.
        done(unsafe { zmq_sys::zmq_msg_send(&mut *self.0, socket.as_mut_ptr(), flags) })
    }

    /// Do more frames of its message follow?
    pub fn has_more(&self) -> bool {
        // SAFETY: it was initialised.
        unsafe { zmq_sys::zmq_msg_more(&*self.0) != 0 }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        // SAFETY: it was initialised, and nobody has it any more.
        unsafe { zmq_sys::zmq_msg_close(&mut *self.0) };
    }
}

fn done(result: i32) -> Result<(), Error> {
    // SAFETY: zmq_errno(3) only reads the error of this thread.
    if result < 0 { Err(Error::from_raw(unsafe { zmq_sys::zmq_errno() })) } else { Ok(()) }
}
