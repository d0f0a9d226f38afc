"""What the agent's requests and responses consist of: frames, options, refusals."""

import errno

import role
import zmq

TYPES = ["REQ", "REP", "DEALER", "ROUTER", "PUB", "SUB", "XPUB", "XSUB", "PUSH", "PULL", "PAIR"]
TRANSPORTS = ["tcp", "inproc"] + ["ipc"] * zmq.has("ipc")
MECHANISMS = ["NULL", "PLAIN"] + ["CURVE"] * zmq.has("curve")
BINARY = {"ROUTING_ID", "CONNECT_ROUTING_ID", "XPUB_WELCOME_MSG"}
NAMES = """
    LINGER SNDHWM RCVHWM SNDTIMEO RCVTIMEO SNDBUF RCVBUF ROUTING_ID ROUTER_MANDATORY
    ROUTER_HANDOVER PROBE_ROUTER CONNECT_ROUTING_ID REQ_RELAXED REQ_CORRELATE IMMEDIATE CONFLATE
    RECONNECT_IVL RECONNECT_IVL_MAX HANDSHAKE_IVL HEARTBEAT_IVL HEARTBEAT_TTL HEARTBEAT_TIMEOUT
    MAXMSGSIZE IPV6 TCP_KEEPALIVE XPUB_VERBOSE XPUB_VERBOSER XPUB_MANUAL XPUB_WELCOME_MSG
    XPUB_NODROP INVERT_MATCHING PLAIN_SERVER PLAIN_USERNAME PLAIN_PASSWORD CURVE_SERVER
    CURVE_PUBLICKEY CURVE_SECRETKEY CURVE_SERVERKEY ZAP_DOMAIN LAST_ENDPOINT TYPE MECHANISM EVENTS
""".split()  # noqa: SIM905 - one line for each would be too many
OPTIONS = [name for name in NAMES if zmq.has("curve") or not name.startswith("CURVE_")]
PATTERN = bytes(range(251))


class Refusal(Exception):  # noqa: N818 - the contract's own errors
    """A code of the contract, and why."""


def code(number):
    """Name an error as libzmq does."""
    if number == errno.EPROTONOSUPPORT:  # a transport that this libzmq is built without
        return "unsupported"
    return errno.errorcode.get(number) or zmq.Errno(number).name


def data(frame):
    """Make the bytes that a request describes."""
    [(form, value)] = frame.items()
    if form == "hex":
        return bytes.fromhex(value)
    if form == "text":
        return value.encode()
    if form == "fill":
        size, start = value["size"], value["seed"] % 251
        if size < 0:
            raise Refusal("bad-request", "a frame has no bytes at least")
        return (PATTERN * ((start + size) // 251 + 1))[start : start + size]
    raise Refusal("bad-request", f"a frame is hex, text or fill, not {form}")


def option_named(name):
    """Find the number of an option."""
    if name not in OPTIONS:
        raise Refusal("unsupported", f"no option {name}")
    return getattr(zmq, name)


def set_option(socket, name, value):
    """Set an option, whose kind decides what may be its value."""
    option = option_named(name)
    if name in BINARY:
        value = data(value)
    elif isinstance(value, str):
        value = value.encode()
    elif type(value) is not int:
        raise Refusal("bad-request", f"{name} is a number or a string")
    socket.set(option, value)


def get_option(socket, name):
    """Get an option."""
    option = option_named(name)
    if name.endswith("KEY"):  # libzmq wants a buffer of exactly its size, and gets a larger one
        raise Refusal("unsupported", f"pyzmq can't get {name}")
    value = socket.get(option)
    if not isinstance(value, bytes):
        return value
    return role.describe(value) if name in BINARY else value.decode()
