// The agent: holds sockets and does with them what it is told. docs/agent-contract.md is its law.
// Here are the conversation and the ops. agent-socket.mjs knows sockets and deadlines, agent-data.mjs
// frames, options and refusals, agent-zap.mjs who may come in.

import { once } from "node:events";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

import {
  describe,
  getOption,
  OPTIONS,
  readFrame,
  Refusal,
  refusal,
  setOption,
  SUBSCRIBE,
  UNSUBSCRIBE,
} from "./agent-data.mjs";
import { deadline, Held, inTime, now, TYPES } from "./agent-socket.mjs";
import { Zap } from "./agent-zap.mjs";
import { zmq } from "./role.mjs";

const MECHANISMS = zmq.capability.curve ? ["NULL", "PLAIN", "CURVE"] : ["NULL", "PLAIN"];
const TRANSPORTS = zmq.capability.ipc ? ["tcp", "ipc", "inproc"] : ["tcp", "inproc"];
const SNDTIMEO = OPTIONS.SNDTIMEO.id;
const RCVTIMEO = OPTIONS.RCVTIMEO.id;

const GRACE = 100; // milliseconds for a closed socket whose last message is on its way

const sockets = new Map();
const leaving = new Set(); // of promises: closed sockets that are not gone yet,
const lingering = new Set(); // and those that may still have something to send
let proxies = [];
let zap;
let exiting = false;
const inproc = new Set(); // where somebody connected

function held(name) {
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

const ops = {
  hello: () => ({
    contract: 1,
    language: "JavaScript",
    interpreter: `Node.js ${process.versions.node}`,
    binding: `zeromq.js ${createRequire(import.meta.url)("zeromq/package.json").version}`,
    libzmq: zmq.version,
    zmtp: ["1.0", "2.0", "3.0", "3.1"],
    socket_types: Object.keys(TYPES),
    options: Object.keys(OPTIONS),
    mechanisms: MECHANISMS,
    transports: TRANSPORTS,
    features: ["proxy", "monitor", "zap", "disconnect", "unbind", "count"],
  }),

  socket({ socket: name, type, options = {} }) {
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
    sockets.set(name, new Held(socket));
  },

  set({ socket, option, value }) {
    setOption(held(socket).socket, option, value);
  },

  get({ socket, option }) {
    return { value: getOption(held(socket).socket, option) };
  },

  async bind(request) {
    const { socket } = held(request.socket);
    await socket.bind(endpointOf(request));
    return { endpoint: socket.lastEndpoint };
  },

  async unbind(request) {
    await held(request.socket).socket.unbind(endpointOf(request));
  },

  connect(request) {
    const endpoint = endpointOf(request);
    held(request.socket).socket.connect(endpoint);
    if (endpoint.startsWith("inproc:")) inproc.add(endpoint);
  },

  disconnect(request) {
    held(request.socket).socket.disconnect(endpointOf(request));
  },

  async send(request) {
    const { socket } = held(request.socket);
    const until = deadline(request, socket.getInt32Option(SNDTIMEO));
    const frames = request.frames.map(readFrame);
    if (frames.length === 0) throw new Refusal("bad-request", "a message has one frame at least");
    let sent = 0;
    try {
      for (; sent < (request.count ?? 1); sent++) {
        await inTime(socket, SNDTIMEO, until, () => socket.send(frames));
      }
    } catch (error) {
      throw Object.assign(error, { sent });
    }
    return { sent };
  },

  async recv(request) {
    const { socket } = held(request.socket);
    const until = deadline(request, socket.getInt32Option(RCVTIMEO));
    const receive = async () =>
      (await inTime(socket, RCVTIMEO, until, () => socket.receive())).map(describe);
    if (request.count === undefined) return { frames: await receive() };
    const messages = [];
    try {
      while (messages.length < request.count) messages.push(await receive());
    } catch (error) {
      // What came before it is not lost.
      if (error.code !== "EAGAIN" && messages.length === 0) throw error;
    }
    return { messages };
  },

  subscribe({ socket, topic }) {
    held(socket).socket.setStringOption(SUBSCRIBE, readFrame(topic));
  },

  unsubscribe({ socket, topic }) {
    held(socket).socket.setStringOption(UNSUBSCRIBE, readFrame(topic));
  },

  monitor({ socket }) {
    const watched = held(socket);
    watched.kept ??= [];
    void watched.gone; // follows from now on
  },

  async events(request) {
    const watched = held(request.socket);
    if (!watched.kept) throw new Refusal("bad-request", "the socket has no monitor");
    const until = deadline(request);
    while (request.until && !watched.kept.includes(request.until) && now() < until) {
      const signal = AbortSignal.timeout(Math.ceil(until - now()));
      await once(watched, "event", { signal }).catch(() => {});
    }
    return { events: watched.kept.splice(0) };
  },

  proxy({ frontend, backend }) {
    const both = [held(frontend), held(backend)];
    if (frontend === backend) throw new Refusal("bad-request", "a proxy has two sockets");
    const gone = both.map(({ socket, gone }) => ((socket.linger = 0), gone));
    const proxy = new zmq.Proxy(both[0].socket, both[1].socket);
    const end = proxy.run();
    sockets.delete(frontend);
    sockets.delete(backend);
    proxies.push({ proxy, end: Promise.allSettled([end, ...gone]) });
  },

  async zap(rules) {
    zap ??= await Zap.start();
    zap.setRules(rules);
  },

  zap_log: () => ({ requests: zap?.log ?? [] }),

  curve_keypair() {
    if (!zmq.capability.curve) throw new Refusal("unsupported", "built without CURVE");
    const { publicKey, secretKey } = zmq.curveKeyPair();
    return { public: publicKey, secret: secretKey };
  },

  close({ socket: name }) {
    const closed = held(name);
    const group = closed.socket.linger === 0 ? leaving : lingering;
    sockets.delete(name);
    const gone = closed.close();
    group.add(gone);
    gone.then(() => group.delete(gone));
  },

  /** The library never ends a context, so wait until really nothing is left of any socket in it. */
  async reset() {
    // A connection to an inproc endpoint that nobody bound would wait for the next who binds it.
    const closing = [...leaving];
    for (const endpoint of inproc) {
      const taker = new Held(new zmq.Dealer({ linger: 0 }));
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
    if (zap) closing.push(zap.stop());
    zap = undefined;
    await Promise.all(closing);
    await Promise.race([Promise.all(lingering), sleep(GRACE)]);
    if (lingering.size > 0) {
      throw new Refusal("other", "a closed socket still lingers, which only my end will stop");
    }
  },

  exit() {
    exiting = true;
  },
};

async function perform(request) {
  if (typeof request.op !== "string") throw new Refusal("bad-request", "a request has an op");
  if (!Object.hasOwn(ops, request.op)) throw new Refusal("unsupported", `no op ${request.op}`);
  return (await ops[request.op](request)) ?? {};
}

async function answer(line) {
  let request;
  try {
    request = JSON.parse(line);
  } catch {
    // stays undefined, and is refused
  }
  const id = typeof request?.id === "number" ? request.id : null;
  try {
    if (id === null)
      throw new Refusal("bad-request", "a request is an object with a number, its id");
    return { id, ok: await perform(request) };
  } catch (error) {
    return { id, error: refusal(error) };
  }
}

/** Lines end with a newline only: those of node:readline also end at U+2028, which JSON allows. */
async function* linesOf(stream) {
  let rest = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    yield* lines;
  }
}

for await (const line of linesOf(process.stdin)) {
  const response = await answer(line);
  process.stdout.write(`${JSON.stringify(response)}\n`);
  if (exiting) break;
}
await ops.reset().catch(() => {}); // so that no ipc file stays behind
process.exit(0);
