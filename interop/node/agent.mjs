// agent: has sockets, and does with them what it is told. docs/agent-contract.md is its contract.
// Here are the main loop, the table of the ops, hello and errors; interop/README.md shows the files.

import { createRequire } from "node:module";

import { Refusal, refusalOf } from "./agent-data.mjs";
import { optionNames } from "./agent-options.mjs";
import * as socket from "./agent-socket.mjs";
import { checkRules, curveKeypair, Zap } from "./agent-zap.mjs";
import { zmq } from "./role.mjs";

let zap;
let exiting = false;

const hello = () => ({
  contract: 1,
  pid: process.pid,
  language: "JavaScript",
  interpreter: `Node.js ${process.versions.node}`,
  binding: `zeromq.js ${createRequire(import.meta.url)("zeromq/package.json").version}`,
  libzmq: zmq.version,
  zmtp: ["1.0", "2.0", "3.0", "3.1"],
  socket_types: Object.keys(socket.TYPES),
  options: optionNames(),
  mechanisms: zmq.capability.curve ? ["NULL", "PLAIN", "CURVE"] : ["NULL", "PLAIN"],
  transports: socket.TRANSPORTS,
  features: ["proxy", "monitor", "zap", "disconnect", "unbind", "count", "zap-reply", "zap-router"],
});

async function reset() {
  const all = [socket.resetSockets(), zap?.stop()];
  zap = undefined;
  await Promise.all(all);
}

async function setRules(kind, rules) {
  checkRules(rules);
  zap ??= await Zap.start(kind);
  zap.setRules(rules);
}

const ops = {
  hello,
  socket: socket.openSocket,
  set: socket.set,
  get: socket.get,
  bind: socket.bind,
  unbind: socket.unbind,
  connect: socket.connect,
  disconnect: socket.disconnect,
  send: socket.send,
  recv: socket.receive,
  subscribe: socket.subscribe,
  unsubscribe: socket.unsubscribe,
  monitor: socket.monitor,
  events: socket.events,
  proxy: socket.proxy,
  zap: (rules) => setRules(zmq.Reply, rules),
  zap_router: (rules) => setRules(zmq.Router, rules),
  zap_log: () => ({ requests: zap?.log ?? [] }),
  curve_keypair: curveKeypair,
  close: socket.close,
  reset,
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
    return { id, error: refusalOf(error) };
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
await reset().catch(() => {}); // so that no ipc file stays behind
process.exit(0);
