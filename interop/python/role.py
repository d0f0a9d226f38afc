"""What the seven programs share: arguments, endpoints, events, and the client.

docs/role-contract.md says what each of them does and prints.
"""

import argparse
import errno
import hashlib
import json
import os
from pathlib import Path
import signal
import sys

# Default actions: no traceback on Ctrl-C or a closed stdout, and C code that blocks stops at once.
for name in ("SIGINT", "SIGTERM", "SIGPIPE"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


def fail(reason, status=1):
    """Stop with one line on standard error."""
    print(f"python: {reason}", file=sys.stderr)
    sys.exit(status)


# `python rep.py` finds what setup installed, unless this Python has a pyzmq of its own.
HERE = Path(__file__).resolve().parent
VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
sys.path.append(str(HERE / ".venv" / "lib" / VERSION / "site-packages"))
try:
    import zmq
except ImportError as error:
    fail(f"{error}: run {HERE / 'setup'}, then {HERE / '.venv/bin/python'} {sys.argv[0]}")


LOOKS_LIKE = ": an endpoint looks like tcp://127.0.0.1:5555"
HINTS = {
    errno.EADDRINUSE: ": stop what uses it, or give another endpoint",
    errno.EINVAL: LOOKS_LIKE,
    errno.ENODEV: LOOKS_LIKE,
    errno.EPROTONOSUPPORT: LOOKS_LIKE,
}


def one_line(kind, error, traceback):
    """Report what the user can mend in one line; anything else is a bug, and deserves its trace."""
    if issubclass(kind, zmq.ZMQError):
        print(f"python: {error}{HINTS.get(error.errno, '')}", file=sys.stderr)
    elif issubclass(kind, OSError):
        print(f"python: {error}", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)


sys.excepthook = one_line
if sys.stdout:
    sys.stdout.reconfigure(encoding="utf-8")  # whatever the locale is


def number(variable, default):
    """Read a number from the environment."""
    value = os.environ.get(variable) or str(default)
    if not (value.isascii() and value.isdigit()):
        fail(f"{variable} must be a number, not {value!r}", status=2)
    return int(value)


EVENTS = os.environ.get("INTEROP_EVENTS") == "1"
COUNT = number("INTEROP_COUNT", sys.maxsize)
INTERVAL = number("INTEROP_INTERVAL_MS", 1000) / 1000
RESEND_AFTER = 1000  # milliseconds until a client sends again
SHOWN = 1024  # bytes of a message that are shown


def endpoints(**defaults):
    """Read the positional arguments: endpoints, each with its default."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    for name, default in defaults.items():
        parser.add_argument(name, nargs="?", default=default, help=f"default: {default}")
    given = vars(parser.parse_args()).values()
    return [os.fsencode(endpoint).decode(errors="replace") for endpoint in given]


def exchanges():
    """Count the exchanges that this program shall do; without INTEROP_COUNT there is no end."""
    return range(COUNT)


def show(data):
    """Show bytes to a person, so that they can't disturb the terminal."""
    controls = {code: f"\\x{code:02x}" for code in (*range(0x20), 0x7F)}
    text = data[:SHOWN].decode(errors="backslashreplace").translate(controls)
    return text if len(data) <= SHOWN else f"{text}... ({len(data)} bytes)"


def describe(data):
    """Describe bytes to a machine."""
    described = {"size": len(data), "sha1": hashlib.sha1(data).hexdigest()}
    return described if len(data) > SHOWN else {**described, "hex": data.hex()}


def event(name, **fields):
    """Print one event as a line of JSON."""
    line = {"event": name, "pid": os.getpid(), **fields}
    print(json.dumps(line, separators=(",", ":")), flush=True)


def report(name, data, sentence=None):
    """Report what became of a message: an event for a machine, or a sentence for a person."""
    if EVENTS:
        event(name, data=describe(data))
    elif sentence:
        print(sentence.format(pid=os.getpid(), data=show(data)), flush=True)


def ready(*bound):
    """Tell a machine that all sockets are there, and where the bound ones are."""
    if EVENTS:
        event("ready", endpoints=[socket.get_string(zmq.LAST_ENDPOINT) for socket in bound])


def client(context, endpoint):
    """Connect a REQ socket that outlives its servers."""
    socket = context.socket(zmq.REQ)
    socket.req_relaxed = True  # may send again although no answer came,
    socket.req_correlate = True  # and then drops the answers to all earlier sendings.
    # A request that can't leave waits in the queue of its dead connection. With room for one, it
    # is one stale request that the next server gets, not all of them; a full queue makes send
    # wait: hence a time limit on both. (IMMEDIATE, which queues nothing for an absent server, also
    # drops an answer that came just before its server left.)
    socket.sndhwm = 1
    socket.sndtimeo = socket.rcvtimeo = RESEND_AFTER
    socket.linger = 0  # a client that stops doesn't wait for an absent server
    socket.connect(endpoint)
    return socket


def ask(socket, request):
    """Send a request until its answer comes."""
    while True:
        try:
            socket.send(request)
            return socket.recv()
        except zmq.Again:
            report("resent", request)
            if not EVENTS:
                waited = f"no answer for {RESEND_AFTER // 1000} s, sending again"
                print(f"python (pid={os.getpid()}): {waited}", file=sys.stderr, flush=True)
