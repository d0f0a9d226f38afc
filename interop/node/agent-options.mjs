// The options of a socket, by the contract's names.

import { bytesOf, Refusal } from "./agent-data.mjs";
import { zmq } from "./role.mjs";

// libzmq's numbers. zeromq.js has names of its own for most, and takes a number for any.
const options = (kind, ids) => Object.entries(ids).map(([name, id]) => [name, { id, kind }]);

const CURVE = [
  ...options("Int32", { CURVE_SERVER: 47 }),
  ...options("Key", { CURVE_PUBLICKEY: 48, CURVE_SECRETKEY: 49, CURVE_SERVERKEY: 50 }),
];

export const OPTIONS = Object.fromEntries([
  ...options("Int32", {
    LINGER: 17,
    SNDHWM: 23,
    RCVHWM: 24,
    SNDTIMEO: 28,
    RCVTIMEO: 27,
    SNDBUF: 11,
    RCVBUF: 12,
    ROUTER_MANDATORY: 33,
    ROUTER_HANDOVER: 56,
    PROBE_ROUTER: 51,
    REQ_RELAXED: 53,
    REQ_CORRELATE: 52,
    IMMEDIATE: 39,
    CONFLATE: 54,
    RECONNECT_IVL: 18,
    RECONNECT_IVL_MAX: 21,
    HANDSHAKE_IVL: 66,
    HEARTBEAT_IVL: 75,
    HEARTBEAT_TTL: 76,
    HEARTBEAT_TIMEOUT: 77,
    IPV6: 42,
    TCP_KEEPALIVE: 34,
    XPUB_VERBOSE: 40,
    XPUB_VERBOSER: 78,
    XPUB_MANUAL: 71,
    XPUB_NODROP: 69,
    INVERT_MATCHING: 74,
    PLAIN_SERVER: 44,
    TYPE: 16,
    MECHANISM: 43,
    EVENTS: 15,
  }),
  ...options("Int64", { MAXMSGSIZE: 22 }),
  ...options("String", {
    PLAIN_USERNAME: 45,
    PLAIN_PASSWORD: 46,
    ZAP_DOMAIN: 55,
    LAST_ENDPOINT: 32,
  }),
  ...options("Binary", { ROUTING_ID: 5, CONNECT_ROUTING_ID: 61, XPUB_WELCOME_MSG: 72 }),
  ...(zmq.capability.curve ? CURVE : []),
]);

function findOption(name) {
  if (!Object.hasOwn(OPTIONS, name)) throw new Refusal("unsupported", `no option ${name}`);
  return OPTIONS[name];
}

export const optionNames = () => Object.keys(OPTIONS);

export function setOption(socket, name, value) {
  const { id, kind } = findOption(name);
  const number = kind.startsWith("Int");
  if (kind === "Binary") return socket.setStringOption(id, bytesOf(value));
  if (number ? !Number.isInteger(value) : typeof value !== "string") {
    throw new Refusal("bad-request", `${name} is a ${number ? "number" : "string"}`);
  }
  socket[number ? `set${kind}Option` : "setStringOption"](id, value);
}

export function getOption(socket, name) {
  const { id, kind } = findOption(name);
  // zeromq.js reads strings only, up to a NUL, and with a buffer whose size libzmq refuses for keys.
  if (kind === "Binary" || kind === "Key") {
    throw new Refusal("unsupported", `zeromq.js can't read ${name}`);
  }
  return kind === "String" ? (socket.getStringOption(id) ?? "") : socket[`get${kind}Option`](id);
}
