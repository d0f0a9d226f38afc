"""agent: holds sockets and does with them what it is told; docs/agent-contract.md is its law."""

from contextlib import suppress
from functools import partialmethod
import json
import os
import sys
from threading import Thread
import time

import role
import zmq

from agent_data import (
    MECHANISMS,
    OPTIONS,
    TRANSPORTS,
    TYPES,
    Refusal,
    code,
    data,
    get_option,
    set_option,
)
from agent_zap import Zap

PATIENCE = 1000  # milliseconds that an op waits where neither it nor its socket says how long
# What a request that makes no sense ends in.
NONSENSE = ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError


def deadline(request, own=-1):
    """Tell when an op must be answered; `own` is its socket's timeout."""
    default = PATIENCE if own < 0 else own
    return time.monotonic() + request.get("timeout_ms", default) / 1000


def left(until):
    """Count the milliseconds that are left, rounded up."""
    return max(0, int((until - time.monotonic()) * 1000 + 0.999))


def patiently(socket, timeout, until, call, *arguments):
    """Send or receive, now or until the deadline: the flags are the last of the arguments.

    The socket's timeout waits, not a poll, which doesn't know that a REQ may not receive at all.
    """
    *arguments, flags = arguments
    try:
        return call(*arguments, flags | zmq.DONTWAIT)
    except zmq.Again:
        if not left(until):
            raise
    own = socket.get(timeout)
    socket.set(timeout, left(until))
    try:
        return call(*arguments, flags)
    finally:
        socket.set(timeout, own)


def run_proxy(frontend, backend):
    """Forward until the context ends."""
    with frontend, backend, suppress(zmq.ContextTerminated):
        zmq.proxy(frontend, backend)


class Agent:
    """Sockets by the harness's names, and an _op_ for each op."""

    def __init__(self):
        """Start with nothing."""
        self.context, self.zap = zmq.Context(), None
        self.spent = False  # are there names or threads in it that the next one must not meet?
        self.sockets, self.monitors = {}, {}
        self.lingering = False  # a socket that is closed may still have something to send

    def perform(self, request):
        """Do what a request asks for."""
        op = getattr(self, f"_op_{request['op']}", None)
        if not op:
            raise Refusal("unsupported", f"no op {request['op']}")
        return op(request) or {}

    def _socket(self, request, field="socket"):
        if request[field] not in self.sockets:
            raise Refusal("bad-request", f"there is no socket {request[field]}")
        return self.sockets[request[field]]

    def _take(self, name):
        socket, monitor = self.sockets.pop(name), self.monitors.pop(name, None)
        if monitor:
            socket.disable_monitor()
            monitor.close(linger=0)
        return socket

    def _op_hello(self, _):
        return {
            "contract": 1,
            "language": "Python",
            "interpreter": sys.version.split()[0],
            "binding": f"pyzmq {zmq.pyzmq_version()}",
            "libzmq": zmq.zmq_version(),
            "zmtp": ["1.0", "2.0", "3.0"] + ["3.1"] * (zmq.zmq_version_info() >= (4, 3, 3)),
            "socket_types": TYPES,
            "options": OPTIONS,
            "mechanisms": MECHANISMS,
            "transports": TRANSPORTS,
            "features": ["proxy", "monitor", "zap", "poll", "disconnect", "unbind", "count"],
        }

    def _op_socket(self, request):
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
            self._take(name).close()
            raise

    def _op_set(self, request):
        set_option(self._socket(request), request["option"], request["value"])

    def _op_get(self, request):
        return {"value": get_option(self._socket(request), request["option"])}

    def _attach(self, how, request):
        socket, endpoint = self._socket(request), request["endpoint"]
        scheme, found, _ = endpoint.partition("://")
        if found and scheme not in TRANSPORTS:
            raise Refusal("unsupported", f"no transport {scheme}")
        self.spent |= scheme != "tcp"
        getattr(socket, how)(endpoint)
        return {"endpoint": socket.get_string(zmq.LAST_ENDPOINT)} if how == "bind" else {}

    _op_bind = partialmethod(_attach, "bind")
    _op_unbind = partialmethod(_attach, "unbind")
    _op_connect = partialmethod(_attach, "connect")
    _op_disconnect = partialmethod(_attach, "disconnect")

    def _op_send(self, request):
        socket, count = self._socket(request), request.get("count", 1)
        *more, last = map(data, request["frames"])
        until, sent = deadline(request, socket.sndtimeo), 0
        try:
            while sent < count:
                for frame in more:
                    patiently(socket, zmq.SNDTIMEO, until, socket.send, frame, zmq.SNDMORE)
                patiently(socket, zmq.SNDTIMEO, until, socket.send, last, 0)
                sent += 1
        except zmq.ZMQError as error:
            raise Refusal(code(error.errno), error.strerror, {"sent": sent}) from None
        return {"sent": sent}

    def _op_recv(self, request):
        socket, count = self._socket(request), request.get("count")
        until, messages = deadline(request, socket.rcvtimeo), []
        try:
            while len(messages) < (1 if count is None else count):
                frames = patiently(socket, zmq.RCVTIMEO, until, socket.recv_multipart, 0)
                messages.append([role.describe(frame) for frame in frames])
        except zmq.ZMQError as error:  # what came before it is not lost
            if count is None or (not messages and error.errno != zmq.EAGAIN):
                raise
        return {"frames": messages[0]} if count is None else {"messages": messages}

    def _op_subscribe(self, request):
        self._socket(request).set(zmq.SUBSCRIBE, data(request["topic"]))

    def _op_unsubscribe(self, request):
        self._socket(request).set(zmq.UNSUBSCRIBE, data(request["topic"]))

    def _op_poll(self, request):
        events = {"in": zmq.POLLIN, "out": zmq.POLLOUT}[request["events"]]
        return {"ready": bool(self._socket(request).poll(left(deadline(request)), events))}

    def _op_monitor(self, request):
        socket, name = self._socket(request), request["socket"]
        if name not in self.monitors:
            self.spent = True
            endpoint = f"inproc://agent.monitor.{name}"
            socket.monitor(endpoint, zmq.EVENT_ALL)
            self.monitors[name] = monitor = self.context.socket(zmq.PAIR)
            monitor.rcvhwm = 0  # at a high-water mark libzmq's own thread would wait for us
            monitor.connect(endpoint)

    def _op_events(self, request):
        until, wanted, events = deadline(request), request.get("until"), []
        monitor = self.monitors.get(request["socket"])
        if not monitor:
            raise Refusal("bad-request", f"{request['socket']} has no monitor")
        while monitor.poll(0 if wanted in (None, *events) else left(until)):
            event, _endpoint = monitor.recv_multipart()
            events.append(zmq.Event(int.from_bytes(event[:2], sys.byteorder)).name)
        return {"events": events}

    def _op_proxy(self, request):
        names = request["frontend"], request["backend"]
        if self._socket(request, "frontend") is self._socket(request, "backend"):
            raise Refusal("bad-request", "a proxy has two sockets")
        pair = [self._take(name) for name in names]
        for socket in pair:
            socket.linger = 0
        self.spent = True
        Thread(target=run_proxy, args=pair, daemon=True).start()

    def _op_zap(self, request):
        reply = request.get("reply")
        if reply not in (None, "300", "400", "500", "malformed"):
            raise Refusal("unsupported", f"no reply {reply}")
        self.spent = True
        self.zap = self.zap or Zap(self.context)
        self.zap.reply, self.zap.allow = reply, request.get("allow", {})

    def _op_zap_log(self, _):
        return {"requests": list(self.zap.log) if self.zap else []}

    def _op_curve_keypair(self, _):
        if not zmq.has("curve"):
            raise Refusal("unsupported", "this libzmq is built without CURVE")
        public, secret = zmq.curve_keypair()
        return {"public": public.decode(), "secret": secret.decode()}

    def _op_close(self, request):
        self.lingering |= self._socket(request).linger != 0
        self._take(request["socket"]).close()

    def _op_reset(self, _):
        """Start anew.

        A new context costs as much as the rest of a simple case, so the old one is kept if nothing
        in it can leak into what follows. Otherwise its end stops the threads, and waits until the
        last socket is closed.
        """
        if self.lingering:
            again()
        for name in list(self.sockets):
            self._take(name).close(linger=0)
        if self.spent:
            self.context.term()
            self.__init__()

    def _op_exit(self, _):
        pass


def answer(agent, text):
    """Answer a line of text. Returns its op too."""
    number = op = None
    try:
        request = json.loads(text)
        if not isinstance(request, dict) or type(request.get("id")) not in (int, float):
            raise Refusal("bad-request", "a request is an object with a number, its id")
        number, op = request["id"], request.get("op")
        return {"id": number, "ok": agent.perform(request)}, op
    except Refusal as refusal:
        name, message, *more = refusal.args
    except zmq.ZMQError as error:
        name, message, *more = code(error.errno), error.strerror
    except NONSENSE as error:
        name, message, *more = "bad-request", f"{type(error).__name__}: {error}"
    return {"id": number, "error": {"code": name, "message": message, **dict(*more)}}, op


line, unread = b"", os.fsencode(sys.argv[1]) if len(sys.argv) > 1 else b""


def again():
    """Become a new agent, which answers this line and the ones that were read already.

    Nothing in libzmq ends a closed socket that lingers, perhaps for ever.
    """
    os.execv(sys.executable, [sys.executable, sys.argv[0], line + b"\n" + unread])  # noqa: S606


def main():
    """Answer line after line until standard input ends."""
    global line, unread
    op = None
    while op != "exit":
        while b"\n" not in unread:
            more = os.read(0, 65536)
            if not more:
                return
            unread += more
        line, _, unread = unread.partition(b"\n")
        response, op = answer(agent, line)
        print(json.dumps(response, separators=(",", ":")), flush=True)


agent = Agent()
main()
os._exit(0)  # waits neither for threads nor for a closed socket that lingers
