//! A socket of any type. The crate has a type for each, and none that they have in common.

use async_trait::async_trait;
use futures::channel::mpsc::Receiver;
use zeromq::{
    DealerSocket, Endpoint, PubSocket, PullSocket, PushSocket, RepSocket, ReqSocket, RouterSocket,
    Socket, SocketEvent, SocketOptions, SocketRecv, SocketSend, SubSocket, XPubSocket, XSubSocket,
    ZmqError, ZmqMessage, ZmqResult,
};

pub const TYPES: [&str; 10] =
    ["REQ", "REP", "DEALER", "ROUTER", "PUB", "SUB", "XPUB", "XSUB", "PUSH", "PULL"];

pub enum AnySocket {
    Req(ReqSocket),
    Rep(RepSocket),
    Dealer(DealerSocket),
    Router(RouterSocket),
    Pub(PubSocket),
    Sub(SubSocket),
    XPub(XPubSocket),
    XSub(XSubSocket),
    Push(PushSocket),
    Pull(PullSocket),
}

use AnySocket::{Dealer, Pub, Pull, Push, Rep, Req, Router, Sub, XPub, XSub};

/// Does the same with the socket of every type.
macro_rules! each {
    ($any:expr, $socket:ident => $does:expr) => {
        match $any {
            Req($socket) => $does,
            Rep($socket) => $does,
            Dealer($socket) => $does,
            Router($socket) => $does,
            Pub($socket) => $does,
            Sub($socket) => $does,
            XPub($socket) => $does,
            XSub($socket) => $does,
            Push($socket) => $does,
            Pull($socket) => $does,
        }
    };
}

impl AnySocket {
    /// None if the crate has no such type.
    pub fn new(kind: &str, options: SocketOptions) -> Option<AnySocket> {
        Some(match kind {
            "REQ" => Req(Socket::with_options(options)),
            "REP" => Rep(Socket::with_options(options)),
            "DEALER" => Dealer(Socket::with_options(options)),
            "ROUTER" => Router(Socket::with_options(options)),
            "PUB" => Pub(Socket::with_options(options)),
            "SUB" => Sub(Socket::with_options(options)),
            "XPUB" => XPub(Socket::with_options(options)),
            "XSUB" => XSub(Socket::with_options(options)),
            "PUSH" => Push(Socket::with_options(options)),
            "PULL" => Pull(Socket::with_options(options)),
            _ => return None,
        })
    }

    pub async fn bind(&mut self, endpoint: &str) -> ZmqResult<Endpoint> {
        each!(self, socket => socket.bind(endpoint).await)
    }

    pub async fn unbind(&mut self, endpoint: Endpoint) -> ZmqResult<()> {
        each!(self, socket => socket.unbind(endpoint).await)
    }

    pub async fn connect(&mut self, endpoint: &str) -> ZmqResult<()> {
        each!(self, socket => socket.connect(endpoint).await)
    }

    pub fn monitor(&mut self) -> Receiver<SocketEvent> {
        each!(self, socket => socket.monitor())
    }

    pub async fn close(self) {
        each!(self, socket => drop(socket.close().await));
    }

    pub async fn subscribe(&mut self, topic: &str) -> ZmqResult<()> {
        match self {
            Sub(socket) => socket.subscribe(topic).await,
            XSub(socket) => socket.subscribe(topic).await,
            _ => Err(ZmqError::Socket("cannot subscribe")),
        }
    }

    pub async fn unsubscribe(&mut self, topic: &str) -> ZmqResult<()> {
        match self {
            Sub(socket) => socket.unsubscribe(topic).await,
            XSub(socket) => socket.unsubscribe(topic).await,
            _ => Err(ZmqError::Socket("cannot subscribe")),
        }
    }

    /// Whether it both sends and receives, as zeromq::proxy wants it.
    pub fn goes_both_ways(&self) -> bool {
        matches!(self, Req(_) | Rep(_) | Dealer(_) | Router(_) | XPub(_) | XSub(_))
    }

    /// Whether an error of its recv is about a connection that broke, and not about the socket.
    pub fn survives(&self, error: &ZmqError) -> bool {
        !matches!(self, Req(_)) && matches!(error, ZmqError::Codec(_) | ZmqError::NoMessage)
    }
}

#[async_trait]
impl SocketSend for AnySocket {
    async fn send(&mut self, message: ZmqMessage) -> ZmqResult<()> {
        match self {
            Req(socket) => socket.send(message).await,
            Rep(socket) => socket.send(message).await,
            Dealer(socket) => socket.send(message).await,
            Router(socket) => socket.send(message).await,
            Pub(socket) => socket.send(message).await,
            XPub(socket) => socket.send(message).await,
            XSub(socket) => socket.send(message).await,
            Push(socket) => socket.send(message).await,
            Sub(_) | Pull(_) => Err(ZmqError::Socket("cannot send")),
        }
    }
}

#[async_trait]
impl SocketRecv for AnySocket {
    async fn recv(&mut self) -> ZmqResult<ZmqMessage> {
        match self {
            Req(socket) => socket.recv().await,
            Rep(socket) => socket.recv().await,
            Dealer(socket) => socket.recv().await,
            Router(socket) => socket.recv().await,
            Sub(socket) => socket.recv().await,
            XPub(socket) => socket.recv().await,
            XSub(socket) => socket.recv().await,
            Pull(socket) => socket.recv().await,
            Pub(_) | Push(_) => Err(ZmqError::Socket("cannot receive")),
        }
    }
}
