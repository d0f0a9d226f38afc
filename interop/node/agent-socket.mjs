// The sockets that the agent has, and all that is done with one: each op waits until its deadline.

import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { bytesOf, describe, Refusal } from "./agent-data.mjs";
import { getOption, OPTIONS, setOption } from "./agent-options.mjs";
import { zmq } from "./role.mjs";

export const TYPES = {
  PAIR: zmq.Pair,
  PUB: zmq.Publisher,
  SUB: zmq.Subscriber,
  REQ: zmq.Request,
  REP: zmq.Reply,
  DEALER: zmq.Dealer,
  ROUTER: zmq.Router,
  PULL: zmq.Pull,
  PUSH: zmq.Push,
  XPUB: zmq.XPublisher,
  XSUB: zmq.XSubscriber,
};

export const TRANSPORTS = zmq.capability.ipc ? ["tcp", "ipc", "inproc"] : ["tcp", "inproc"];

const EVENTS = {
  connect: "CONNECTED",
  "connect:delay": "CONNECT_DELAYED",
  "connect:retry": "CONNECT_RETRIED",
  bind: "LISTENING",
  "bind:error": "BIND_FAILED",
  accept: "ACCEPTED",
  "accept:error": "ACCEPT_FAILED",
  close: "CLOSED",
  "close:error": "CLOSE_FAILED",
  disconnect: "DISCONNECTED",
  handshake: "HANDSHAKE_SUCCEEDED",
  "handshake:error:protocol": "HANDSHAKE_FAILED_PROTOCOL",
  "handshake:error:auth": "HANDSHAKE_FAILED_AUTH",
  "handshake:error:other": "HANDSHAKE_FAILED_NO_DETAIL",
};

const SNDTIMEO = OPTIONS.SNDTIMEO.id;
const RCVTIMEO = OPTIONS.RCVTIMEO.id;
const SUBSCRIBE = 6;
const UNSUBSCRIBE = 7;

const DEFAULT_TIMEOUT = 1000; // milliseconds that an op waits where neither it nor its socket says

// Milliseconds after its deadline in which an op goes on with what needs no waiting: it takes what is
// queued, but does not follow a peer that never stops sending.
const GRACE = 500;

const RETRY_INTERVAL = 2; // milliseconds until a send asks a socket again that was ready in vain
const LAST_MESSAGE_TIME = 100; // milliseconds for a closed socket whose last message is on its way

/**
 * zeromq.js names a monitor's endpoint by the address of its observer, which may be that of an observer
 * whose endpoint libzmq has not let go yet. One more observer has another address.
 */
export function monitorOf(socket) {
  for (;;) {
    try {
      return socket.events;
    } catch (error) {
      if (error.code !== "EADDRINUSE") throw error;
    }
  }
}

/** A socket, and what its monitor says. */
class AgentSocket extends EventEmitter {
  kept = undefined; // the events, once somebody wants them

  constructor(socket) {
    super();
    this.socket = socket;
  }

  /** Follows the monitor; resolves when nothing is left of the socket, so only after it is closed. */
  get gone() {
    const follow = async () => {
      for await (const { type } of monitorOf(this.socket)) {
        if (type === "end") return;
        this.kept?.push(EVENTS[type] ?? type);
        this.emit("event");
      }
    };
    const gone = follow();
    Object.defineProperty(this, "gone", { value: gone });
    return gone;
  }

  close() {
    const { gone } = this;
    this.socket.close();
    return gone;
  }
}

const now = () => performance.now();

/** The time at which an op must be answered; `own` is the timeout of its socket. */
class Deadline {
  constructor({ timeout_ms }, own = -1) {
    this.end = now() + (timeout_ms ?? (own < 0 ? DEFAULT_TIMEOUT : own));
  }

  left() {
    return Math.max(0, Math.ceil(this.end - now()));
  }

  /** Must an op end although it need not wait? */
  isOver() {
    return now() > this.end + GRACE;
  }
}

/** Tries at once, which also says at once that it is not possible, then until the deadline. */
async function callUntil(deadline, socket, option, call) {
  const own = socket.getInt32Option(option);
  try {
    for (let left = 0; ;) {
      socket.setInt32Option(option, left);
      try {
        return await call();
      } catch (error) {
        // A receive may see EAGAIN early: what woke it was a message that libzmq then dropped, like
        // the answer to an earlier request. So may a send: a full XPUB with XPUB_NODROP says that it
        // is ready, and must not keep a processor busy.
        if (left > 0 && option === SNDTIMEO) await sleep(Math.min(RETRY_INTERVAL, deadline.left()));
        left = deadline.left();
        if (error.code !== "EAGAIN" || left <= 0) throw error;
      }
    }
  } finally {
    if (!socket.closed) socket.setInt32Option(option, own);
  }
}

const sockets = new Map(); // by the harness's names
const leaving = new Set(); // of promises: closed sockets that are not gone yet,
const lingering = new Set(); // and those that may still have something to send
const inproc = new Set(); // the inproc endpoints to which somebody connected
let proxies = [];

function findSocket(name) {
  const found = sockets.get(name);
  if (!found) throw new Refusal("bad-request", `there is no socket '${name}'`);
  return found;
}

function endpointOf({ endpoint }) {
  const [, transport] = /^(\w+):\/\//.exec(endpoint) ?? [];
  if (transport && !TRANSPORTS.includes(transport)) {
    throw new Refusal("unsupported", `no transport ${transport}`);
  }
  return endpoint;
}

export function openSocket({ socket: name, type, options = {} }) {
  if (typeof name !== "string" || sockets.has(name)) {
    throw new Refusal("bad-request", `'${name}' can't be the name of a new socket`);
  }
  if (!Object.hasOwn(TYPES, type)) throw new Refusal("unsupported", `no socket type ${type}`);
  const socket = new TYPES[type]({ linger: 0 });
  try {
    for (const [option, value] of Object.entries(options)) setOption(socket, option, value);
  } catch (error) {
    socket.close();
    throw error;
  }
  sockets.set(name, new AgentSocket(socket));
}

export function set({ socket, option, value }) {
  setOption(findSocket(socket).socket, option, value);
}

export function get({ socket, option }) {
  return { value: getOption(findSocket(socket).socket, option) };
}

export async function bind(request) {
  const { socket } = findSocket(request.socket);
  await socket.bind(endpointOf(request));
  return { endpoint: socket.lastEndpoint };
}

export async function unbind(request) {
  await findSocket(request.socket).socket.unbind(endpointOf(request));
}

export function connect(request) {
  const endpoint = endpointOf(request);
  findSocket(request.socket).socket.connect(endpoint);
  if (endpoint.startsWith("inproc:")) inproc.add(endpoint);
}

export function disconnect(request) {
  findSocket(request.socket).socket.disconnect(endpointOf(request));
}

export async function send(request) {
  const { socket } = findSocket(request.socket);
  const deadline = new Deadline(request, socket.getInt32Option(SNDTIMEO));
  const frames = request.frames.map(bytesOf);
  if (frames.length === 0) throw new Refusal("bad-request", "a message has one frame at least");
  let sent = 0;
  try {
    for (; sent < (request.count ?? 1); sent++) {
      if (sent > 0 && deadline.isOver()) throw new Refusal("EAGAIN", "the time is over");
      await callUntil(deadline, socket, SNDTIMEO, () => socket.send(frames));
    }
  } catch (error) {
    throw Object.assign(error, { sent });
  }
  return { sent };
}

export async function receive(request) {
  const { socket } = findSocket(request.socket);
  const deadline = new Deadline(request, socket.getInt32Option(RCVTIMEO));
  const one = async () =>
    (await callUntil(deadline, socket, RCVTIMEO, () => socket.receive())).map(describe);
  if (request.count === undefined) return { frames: await one() };
  const messages = [];
  try {
    while (messages.length < request.count && !(messages.length > 0 && deadline.isOver())) {
      messages.push(await one());
    }
  } catch (error) {
    // What came before it is not lost.
    if (error.code !== "EAGAIN" && messages.length === 0) throw error;
  }
  return { messages };
}

export function subscribe({ socket, topic }) {
  findSocket(socket).socket.setStringOption(SUBSCRIBE, bytesOf(topic));
}

export function unsubscribe({ socket, topic }) {
  findSocket(socket).socket.setStringOption(UNSUBSCRIBE, bytesOf(topic));
}

export function monitor({ socket }) {
  const watched = findSocket(socket);
  watched.kept ??= [];
  void watched.gone; // follows from now on
}

export async function events(request) {
  const watched = findSocket(request.socket);
  if (!watched.kept) throw new Refusal("bad-request", "the socket has no monitor");
  const deadline = new Deadline(request);
  while (request.until && !watched.kept.includes(request.until) && deadline.left() > 0) {
    const signal = AbortSignal.timeout(deadline.left());
    await once(watched, "event", { signal }).catch(() => {});
  }
  return { events: watched.kept.splice(0) };
}

export function proxy({ frontend, backend }) {
  const both = [findSocket(frontend), findSocket(backend)];
  if (frontend === backend) throw new Refusal("bad-request", "a proxy has two sockets");
  const gone = both.map(({ socket, gone }) => ((socket.linger = 0), gone));
  const proxy = new zmq.Proxy(both[0].socket, both[1].socket);
  const end = proxy.run();
  sockets.delete(frontend);
  sockets.delete(backend);
  proxies.push({ proxy, end: Promise.allSettled([end, ...gone]) });
}

export function close({ socket: name }) {
  const closed = findSocket(name);
  const group = closed.socket.linger === 0 ? leaving : lingering;
  sockets.delete(name);
  const gone = closed.close();
  group.add(gone);
  gone.then(() => group.delete(gone));
}

/** The library never ends a context, so wait until really nothing is left of any socket in it. */
export async function resetSockets() {
  // A connection to an inproc endpoint that nobody bound would wait for the next who binds it.
  const closing = [...leaving];
  for (const endpoint of inproc) {
    const taker = new AgentSocket(new zmq.Dealer({ linger: 0 }));
    await taker.socket.bind(endpoint).catch(() => {});
    closing.push(taker.close());
  }
  inproc.clear();
  for (const { socket } of sockets.values()) socket.linger = 0;
  closing.push(...[...sockets.values()].map((socket) => socket.close()));
  sockets.clear();
  for (const { proxy, end } of proxies) {
    proxy.terminate();
    closing.push(end);
  }
  proxies = [];
  await Promise.all(closing);
  await Promise.race([Promise.all(lingering), sleep(LAST_MESSAGE_TIME)]);
  if (lingering.size > 0) {
    throw new Refusal("other", "a closed socket still lingers, which only my end will stop");
  }
}
