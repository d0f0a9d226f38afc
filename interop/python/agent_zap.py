"""The ZAP handler (RFC 27), a thread that answers whom libzmq may let in; and CURVE keys."""

from contextlib import suppress
from threading import Thread

import zmq
from zmq.utils import z85

from agent_data import Refusal, bytes_of, describe

REPLIES = "300", "400", "500", "malformed"


class Zap:
    """Serves until its context ends."""

    def __init__(self, context, kind):
        """Bind before anybody can ask."""
        self.reply, self.allow, self.log = None, {}, []
        self.socket = context.socket(kind)
        self.envelope = 2 if kind == zmq.ROUTER else 0  # a routing id and the delimiter
        self.socket.linger = 0  # an answer that nobody waits for any more must not hold up the end
        self.socket.bind("inproc://zeromq.zap.01")
        Thread(target=self._serve, daemon=True).start()

    def set_rules(self, rules):
        """Answer by these rules from now on."""
        self.reply, self.allow = rules.get("reply"), rules.get("allow", {})

    def _serve(self):
        with self.socket, suppress(zmq.ContextTerminated):
            while True:
                request = self.socket.recv_multipart()
                self.log.append([describe(frame) for frame in request])
                envelope, request = request[: self.envelope], request[self.envelope :]
                self.socket.send_multipart([*envelope, *self._given(self._answer(*request))])

    def _given(self, own):
        if not isinstance(self.reply, list):
            return own
        own = [*own, *[b""] * len(self.reply)]
        return [own[i] if given is None else bytes_of(given) for i, given in enumerate(self.reply)]

    def _answer(self, _version, request, _domain, _address, _routing_id, mechanism, *credentials):
        if self.reply == "malformed":  # all but the version invites: who lets this in didn't look
            return b"2.0", request, b"200", b"OK", b"anonymous", b""
        user = None if self.reply in REPLIES else self._user_of(mechanism, *credentials)
        if user is not None:
            return b"1.0", request, b"200", b"OK", user.encode(), b""
        status = self.reply if self.reply in REPLIES else "400"
        return b"1.0", request, status.encode(), b"not allowed", b"", b""

    def _user_of(self, mechanism, *credentials):
        if mechanism == b"PLAIN":
            name, password = (credential.decode(errors="replace") for credential in credentials)
            return name if self.allow.get("plain", {}).get(name) == password else None
        if mechanism == b"CURVE":
            key = z85.encode(credentials[0]).decode()
            return key if key in self.allow.get("curve", []) else None
        return "anonymous" if mechanism == b"NULL" and self.allow.get("null") is True else None


def check_rules(rules):
    """Refuse a reply that the handler can't give."""
    reply = rules.get("reply")
    if isinstance(reply, list):
        if not reply:
            raise Refusal("bad-request", "a reply has one frame at least")
        [bytes_of(frame) for frame in reply if frame is not None]
    elif reply not in (None, *REPLIES):
        raise Refusal("unsupported", f"no reply {rules['reply']}")


def curve_keypair():
    """Make a pair of keys."""
    if not zmq.has("curve"):
        raise Refusal("unsupported", "this libzmq is built without CURVE")
    public, secret = zmq.curve_keypair()
    return {"public": public.decode(), "secret": secret.decode()}
