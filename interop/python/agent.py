"""agent: has sockets, and does with them what it is told. docs/agent-contract.md is its contract.

Here are the main loop, the table of the ops, hello and errors; interop/README.md shows the files.
"""

from functools import partial
import json
import os
import sys

import role  # noqa: F401 - finds pyzmq, or says how to install it
import zmq

from agent_data import Refusal, refusal_of
from agent_options import option_names
from agent_socket import TRANSPORTS, TYPES, Sockets
from agent_zap import Zap, check_rules, curve_keypair

# What a request that makes no sense ends in.
NONSENSE = ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError


def hello(_):
    """Say who this is."""
    return {
        "contract": 1,
        "pid": os.getpid(),
        "language": "Python",
        "interpreter": sys.version.split()[0],
        "binding": f"pyzmq {zmq.pyzmq_version()}",
        "libzmq": zmq.zmq_version(),
        "zmtp": ["1.0", "2.0", "3.0"] + ["3.1"] * (zmq.zmq_version_info() >= (4, 3, 3)),
        "socket_types": TYPES,
        "options": option_names(),
        "mechanisms": ["NULL", "PLAIN"] + ["CURVE"] * zmq.has("curve"),
        "transports": TRANSPORTS,
        "features": [
            *("proxy", "monitor", "zap", "poll", "disconnect", "unbind", "count"),
            *("zap-reply", "zap-router", "property"),
        ],
    }


class Agent:
    """The sockets, the ZAP handler, and a function for each op."""

    def __init__(self):
        """Start with nothing."""
        self.sockets, self.zap = Sockets(), None
        sockets = self.sockets
        self.ops = {
            "hello": hello,
            "socket": sockets.open,
            "set": sockets.set,
            "get": sockets.get,
            "bind": partial(sockets.attach, "bind"),
            "unbind": partial(sockets.attach, "unbind"),
            "connect": partial(sockets.attach, "connect"),
            "disconnect": partial(sockets.attach, "disconnect"),
            "send": sockets.send,
            "recv": sockets.receive,
            "recv_property": sockets.receive_property,
            "subscribe": partial(sockets.subscribe, zmq.SUBSCRIBE),
            "unsubscribe": partial(sockets.subscribe, zmq.UNSUBSCRIBE),
            "poll": sockets.poll,
            "monitor": sockets.monitor,
            "events": sockets.events,
            "proxy": sockets.proxy,
            "zap": partial(self.set_rules, zmq.REP),
            "zap_router": partial(self.set_rules, zmq.ROUTER),
            "zap_log": lambda _: {"requests": list(self.zap.log) if self.zap else []},
            "curve_keypair": lambda _: curve_keypair(),
            "close": sockets.close,
            "reset": self.reset,
            "exit": lambda _: {},
        }

    def perform(self, request):
        """Do what a request asks for."""
        if request["op"] not in self.ops:
            raise Refusal("unsupported", f"no op {request['op']}")
        return self.ops[request["op"]](request) or {}

    def set_rules(self, kind, rules):
        """Start the ZAP handler, or give it other rules."""
        check_rules(rules)
        self.sockets.needs_new_context = True
        self.zap = self.zap or Zap(self.sockets.context, kind)
        self.zap.set_rules(rules)

    def reset(self, _):
        """Drop everything."""
        if self.sockets.lingering:
            restart()
        self.sockets.reset()
        self.zap = None


def answer(agent, text):
    """Answer a line of text. Returns its op too."""
    number = op = None
    try:
        request = json.loads(text)
        if not isinstance(request, dict) or type(request.get("id")) not in (int, float):
            raise Refusal("bad-request", "a request is an object with a number, its id")
        number, op = request["id"], request.get("op")
        return {"id": number, "ok": agent.perform(request)}, op
    except Refusal as error:
        refusal = error
    except zmq.ZMQError as error:
        refusal = refusal_of(error)
    except NONSENSE as error:
        refusal = Refusal("bad-request", f"{type(error).__name__}: {error}")
    return {"id": number, "error": refusal.to_json()}, op


line, unread = b"", os.fsencode(sys.argv[1]) if len(sys.argv) > 1 else b""


def restart():
    """Become a new agent, which answers this line and the ones that were read already.

    Nothing in libzmq ends a closed socket that lingers, perhaps for ever.
    """
    os.execv(sys.executable, [sys.executable, sys.argv[0], line + b"\n" + unread])  # noqa: S606


def converse(agent):
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


converse(Agent())
os._exit(0)  # waits neither for threads nor for a closed socket that lingers
