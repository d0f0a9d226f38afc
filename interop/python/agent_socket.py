"""The sockets that the agent has, and what is done with one: each op waits until its deadline."""

from contextlib import suppress
from functools import partial
import sys
from threading import Thread
import time

import zmq

from agent_data import Refusal, bytes_of, describe, refusal_of
from agent_options import get_option, set_option

TYPES = ["REQ", "REP", "DEALER", "ROUTER", "PUB", "SUB", "XPUB", "XSUB", "PUSH", "PULL", "PAIR"]
TRANSPORTS = ["tcp", "inproc"] + ["ipc"] * zmq.has("ipc")
DEFAULT_TIMEOUT = 1000  # milliseconds that an op waits where neither it nor its socket says
# Milliseconds after its deadline in which an op goes on with what needs no waiting: it takes what
# is queued, but does not follow a peer that never stops sending.
GRACE = 500


class Deadline:
    """The time at which an op must be answered."""

    def __init__(self, request, own=-1):
        """Read it from a request; `own` is the timeout of its socket."""
        timeout = request.get("timeout_ms", DEFAULT_TIMEOUT if own < 0 else own)
        self.end = time.monotonic() + timeout / 1000

    def left(self):
        """Count the milliseconds that are left, rounded up."""
        return max(0, int((self.end - time.monotonic()) * 1000 + 0.999))

    def is_over(self):
        """Tell whether an op must end although it need not wait."""
        return time.monotonic() > self.end + GRACE / 1000


def call_until(deadline, socket, timeout, call, *arguments):
    """Send or receive, now or until the deadline: the flags are the last of the arguments.

    The socket's timeout waits, not a poll, which doesn't know that a REQ may not receive at all.
    """
    *arguments, flags = arguments
    try:
        return call(*arguments, flags | zmq.DONTWAIT)
    except zmq.Again:
        if not deadline.left():
            raise
    own = socket.get(timeout)
    socket.set(timeout, deadline.left())
    try:
        return call(*arguments, flags)
    finally:
        socket.set(timeout, own)


def run_proxy(frontend, backend):
    """Forward until the context ends."""
    with frontend, backend, suppress(zmq.ContextTerminated):
        zmq.proxy(frontend, backend)


class Sockets:
    """The sockets by the harness's names, and the ops on them."""

    def __init__(self):
        """Start with nothing."""
        self.context = zmq.Context()
        self.needs_new_context = False  # are there names or threads in it that a reset must end?
        self.lingering = False  # a socket that is closed may still have something to send
        self.sockets, self.monitors = {}, {}

    def find(self, request, field="socket"):
        """Find the socket that a request names."""
        if request[field] not in self.sockets:
            raise Refusal("bad-request", f"there is no socket {request[field]}")
        return self.sockets[request[field]]

    def take(self, name):
        """Remove a socket from the table, and stop its monitor."""
        socket, monitor = self.sockets.pop(name), self.monitors.pop(name, None)
        if monitor:
            socket.disable_monitor()
            monitor.close(linger=0)
        return socket

    def open(self, request):
        """Create a socket."""
        name, kind = request["socket"], request["type"]
        if name in self.sockets:
            raise Refusal("bad-request", f"there is a socket {name} already")
        if kind not in TYPES:
            raise Refusal("unsupported", f"no socket type {kind}")
        socket = self.sockets[name] = self.context.socket(getattr(zmq, kind))
        socket.linger = 0
        try:
            for option, value in request.get("options", {}).items():
                set_option(socket, option, value)
        except Exception:
            self.take(name).close()
            raise

    def set(self, request):
        """Set an option."""
        set_option(self.find(request), request["option"], request["value"])

    def get(self, request):
        """Get an option."""
        return {"value": get_option(self.find(request), request["option"])}

    def attach(self, how, request):
        """Bind, unbind, connect or disconnect."""
        socket, endpoint = self.find(request), request["endpoint"]
        scheme, found, _ = endpoint.partition("://")
        if found and scheme not in TRANSPORTS:
            raise Refusal("unsupported", f"no transport {scheme}")
        self.needs_new_context |= scheme != "tcp"
        getattr(socket, how)(endpoint)
        return {"endpoint": socket.get_string(zmq.LAST_ENDPOINT)} if how == "bind" else {}

    def subscribe(self, option, request):
        """Subscribe or unsubscribe."""
        self.find(request).set(option, bytes_of(request["topic"]))

    def send(self, request):
        """Send a message, or a count of them."""
        socket, count = self.find(request), request.get("count", 1)
        *more, last = map(bytes_of, request["frames"])
        deadline, sent = Deadline(request, socket.sndtimeo), 0
        try:
            while sent < count:
                if sent and deadline.is_over():
                    raise zmq.ZMQError(zmq.EAGAIN)
                for frame in more:
                    call_until(deadline, socket, zmq.SNDTIMEO, socket.send, frame, zmq.SNDMORE)
                call_until(deadline, socket, zmq.SNDTIMEO, socket.send, last, 0)
                sent += 1
        except zmq.ZMQError as error:
            raise refusal_of(error, sent) from None
        return {"sent": sent}

    def receive(self, request):
        """Receive a message, or as many as come in time."""
        socket, count = self.find(request), request.get("count")
        deadline, messages = Deadline(request, socket.rcvtimeo), []
        try:
            while len(messages) < (1 if count is None else count):
                if messages and deadline.is_over():
                    break
                frames = call_until(deadline, socket, zmq.RCVTIMEO, socket.recv_multipart, 0)
                messages.append([describe(frame) for frame in frames])
        except zmq.ZMQError as error:  # what came before it is not lost
            if count is None or (not messages and error.errno != zmq.EAGAIN):
                raise
        return {"frames": messages[0]} if count is None else {"messages": messages}

    def receive_property(self, request):
        """Receive a message, and tell what is known of the connection that it came on."""
        socket = self.find(request)
        deadline = Deadline(request, socket.rcvtimeo)
        receive = partial(socket.recv_multipart, copy=False)
        frames = call_until(deadline, socket, zmq.RCVTIMEO, receive, 0)
        with suppress(zmq.ZMQError):  # it has no such property
            value = frames[0].get(request["property"])
            return {"frames": [describe(frame.bytes) for frame in frames], "value": value}
        return {"frames": [describe(frame.bytes) for frame in frames], "value": None}

    def poll(self, request):
        """Wait until a socket is ready."""
        events = {"in": zmq.POLLIN, "out": zmq.POLLOUT}[request["events"]]
        return {"ready": bool(self.find(request).poll(Deadline(request).left(), events))}

    def monitor(self, request):
        """Keep the events of a socket from now on."""
        socket, name = self.find(request), request["socket"]
        if name not in self.monitors:
            self.needs_new_context = True
            endpoint = f"inproc://agent.monitor.{name}"
            socket.monitor(endpoint, zmq.EVENT_ALL)
            self.monitors[name] = monitor = self.context.socket(zmq.PAIR)
            monitor.rcvhwm = 0  # at a high-water mark libzmq's own thread would wait for us
            monitor.connect(endpoint)

    def events(self, request):
        """Hand out the events that were kept, and wait for the one that is wanted."""
        deadline, wanted, events = Deadline(request), request.get("until"), []
        monitor = self.monitors.get(request["socket"])
        if not monitor:
            raise Refusal("bad-request", f"{request['socket']} has no monitor")
        while not deadline.is_over():
            if not monitor.poll(0 if wanted in (None, *events) else deadline.left()):
                break
            event, _endpoint = monitor.recv_multipart()
            events.append(zmq.Event(int.from_bytes(event[:2], sys.byteorder)).name)
        return {"events": events}

    def proxy(self, request):
        """Let the library proxy two sockets in the background."""
        if self.find(request, "frontend") is self.find(request, "backend"):
            raise Refusal("bad-request", "a proxy has two sockets")
        pair = [self.take(request[field]) for field in ("frontend", "backend")]
        for socket in pair:
            socket.linger = 0
        self.needs_new_context = True
        Thread(target=run_proxy, args=pair, daemon=True).start()

    def close(self, request):
        """Close a socket, whose LINGER holds."""
        self.lingering |= self.find(request).linger != 0
        self.take(request["socket"]).close()

    def reset(self):
        """Drop everything.

        A new context costs as much as the rest of a simple case, so the old one is kept if nothing
        in it can leak into what follows. Otherwise its end stops the threads, and waits until the
        last socket is closed.
        """
        for name in list(self.sockets):
            self.take(name).close(linger=0)
        if self.needs_new_context:
            self.context.term()
            self.__init__()
