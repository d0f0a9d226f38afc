"""The options of a socket, by the contract's names."""

import zmq

from agent_data import Refusal, bytes_of, describe

BINARY = {"ROUTING_ID", "CONNECT_ROUTING_ID", "XPUB_WELCOME_MSG"}
NAMES = """
    LINGER SNDHWM RCVHWM SNDTIMEO RCVTIMEO SNDBUF RCVBUF ROUTING_ID ROUTER_MANDATORY
    ROUTER_HANDOVER PROBE_ROUTER CONNECT_ROUTING_ID REQ_RELAXED REQ_CORRELATE IMMEDIATE CONFLATE
    RECONNECT_IVL RECONNECT_IVL_MAX HANDSHAKE_IVL HEARTBEAT_IVL HEARTBEAT_TTL HEARTBEAT_TIMEOUT
    MAXMSGSIZE IPV6 TCP_KEEPALIVE XPUB_VERBOSE XPUB_VERBOSER XPUB_MANUAL XPUB_WELCOME_MSG
    XPUB_NODROP INVERT_MATCHING PLAIN_SERVER PLAIN_USERNAME PLAIN_PASSWORD CURVE_SERVER
    CURVE_PUBLICKEY CURVE_SECRETKEY CURVE_SERVERKEY ZAP_DOMAIN LAST_ENDPOINT TYPE MECHANISM EVENTS
""".split()  # noqa: SIM905 - one line for each would be too many


def option_names():
    """List the options; a libzmq that is built without CURVE has none of its options either."""
    return [name for name in NAMES if zmq.has("curve") or not name.startswith("CURVE_")]


def find_option(name):
    """Find the number of an option."""
    if name not in option_names():
        raise Refusal("unsupported", f"no option {name}")
    return getattr(zmq, name)


def set_option(socket, name, value):
    """Set an option, whose kind decides what may be its value."""
    option = find_option(name)
    if name in BINARY:
        value = bytes_of(value)
    elif isinstance(value, str):
        value = value.encode()
    elif type(value) is not int:
        raise Refusal("bad-request", f"{name} is a number or a string")
    socket.set(option, value)


def get_option(socket, name):
    """Get an option."""
    option = find_option(name)
    if name.endswith("KEY"):  # libzmq wants a buffer of exactly its size, and gets a larger one
        raise Refusal("unsupported", f"pyzmq can't get {name}")
    value = socket.get(option)
    if not isinstance(value, bytes):
        return value
    return describe(value) if name in BINARY else value.decode()
