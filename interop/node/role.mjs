// What the seven programs share: arguments, endpoints, events, and the client.
// docs/role-contract.md says what each of them does and prints.

import { createHash } from "node:crypto";
import path from "node:path";

const RESEND_AFTER = 1000; // milliseconds until a client sends again
const SHOWN = 1024; // bytes of a message that are shown
const LOOKS_LIKE = ": an endpoint looks like tcp://127.0.0.1:5555";
const HINTS = {
  EADDRINUSE: ": stop what uses it, or give another endpoint",
  EINVAL: LOOKS_LIKE,
  ENODEV: LOOKS_LIKE,
  EPROTONOSUPPORT: LOOKS_LIKE,
};

/** Stops with one line on standard error. */
function fail(reason, status = 1) {
  console.error(`node: ${reason}`);
  process.exit(status);
}

// What the user can mend is one line; anything else is a bug, and deserves its trace.
process.on("uncaughtException", (error) => {
  if (error.errno === undefined) {
    console.error(error);
    process.exit(1);
  }
  fail(`${error.address ?? "cannot go on"}: ${error.message}${HINTS[error.code] ?? ""}`);
});
process.stdout.on("error", (error) => fail(`standard output: ${error.message}`));

export const zmq = await import("zeromq").catch((error) =>
  fail(`${error.message.split("\n")[0]}: run ${new URL("setup", import.meta.url).pathname}`),
);

/** Reads a number from the environment. */
function number(variable, otherwise) {
  const value = process.env[variable] || String(otherwise);
  if (!/^(\d+|Infinity)$/.test(value)) fail(`${variable} must be a number, not '${value}'`, 2);
  return Number(value);
}

const EVENTS = process.env.INTEROP_EVENTS === "1";

/** How many exchanges to make; without INTEROP_COUNT there is no end. */
export const COUNT = number("INTEROP_COUNT", Infinity);

/** How many milliseconds are between an answer and the next message. */
export const INTERVAL = number("INTEROP_INTERVAL_MS", 1000);

/** Reads the positional arguments: endpoints, each with its default. */
export function endpoints(about, defaults) {
  const [, program, ...given] = process.argv;
  const names = Object.keys(defaults);
  const help = given[0] === "-h" || given[0] === "--help";
  if (help || given.length > names.length) {
    const usage = ["usage:", path.basename(program), ...names.map((name) => `[${name}]`)].join(" ");
    const lines = names.map((name) => `  ${name.padEnd(10)} default: ${defaults[name]}\n`);
    (help ? process.stdout : process.stderr).write(`${usage}\n\n${about}\n\n${lines.join("")}`);
    process.exit(help ? 0 : 2);
  }
  return names.map((name, i) => given[i] ?? defaults[name]);
}

export function sha1(data) {
  return createHash("sha1").update(data).digest("hex");
}

/** Describes bytes to a machine. */
function describe(data) {
  const described = { size: data.length, sha1: sha1(data) };
  return data.length > SHOWN ? described : { ...described, hex: data.toString("hex") };
}

// Of bytes as characters of Latin-1: one character of UTF-8 that disturbs no terminal, or any byte.
const CHARACTER =
  /([\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})|[^]/g;

/** Shows bytes to a person. */
function show(data) {
  const text = data.toString("latin1", 0, SHOWN).replace(CHARACTER, (bytes, utf8) => {
    const character = Buffer.from(bytes, "latin1");
    return utf8 ? character.toString() : `\\x${character.toString("hex")}`;
  });
  return data.length > SHOWN ? `${text}... (${data.length} bytes)` : text;
}

/** Prints one event as a line of JSON. */
function event(name, fields) {
  process.stdout.write(`${JSON.stringify({ event: name, pid: process.pid, ...fields })}\n`);
}

/** Reports what became of a message: an event for a machine, or a sentence for a person. */
export function report(name, data, sentence) {
  if (EVENTS) event(name, { data: describe(data) });
  else if (sentence) process.stdout.write(`${sentence(show(data), process.pid)}\n`);
}

/** Tells a machine that all sockets are there, and where the bound ones are. */
export function ready(...bound) {
  if (EVENTS) event("ready", { endpoints: bound.map((socket) => socket.lastEndpoint) });
}

/** Closes a socket, and waits, for ever if it must, until its last message has left. */
export async function handOver(socket) {
  socket.linger = -1;
  const monitor = socket.events;
  socket.close();
  for await (const { type } of monitor) if (type === "end") return; // nothing of it is left
}

/** Connects a REQ socket that outlives its servers. */
export function connectClient(endpoint) {
  const client = new zmq.Request({
    relaxed: true, // may send again although no answer came,
    correlate: true, // and then drops the answers to all earlier sendings
    // A request that can't leave waits in the queue of its dead connection. With room for one, the
    // next server gets one stale request, not all of them; a full queue makes send wait, hence a
    // time limit. ("immediate", which queues nothing for an absent server, also drops an answer
    // that came just before its server left.)
    sendHighWaterMark: 1,
    sendTimeout: RESEND_AFTER,
    linger: 0, // a client that stops doesn't wait for an absent server
  });
  client.connect(endpoint);
  return client;
}

/** Receives an answer, in time. */
async function answer(client) {
  const deadline = performance.now() + RESEND_AFTER;
  for (;;) {
    client.receiveTimeout = Math.max(0, Math.ceil(deadline - performance.now()));
    try {
      return (await client.receive())[0];
    } catch (error) {
      // EAGAIN comes early when what made the socket readable was the answer to an earlier sending,
      // which libzmq then dropped.
      if (error.code !== "EAGAIN" || client.receiveTimeout === 0) throw error;
    }
  }
}

/** Sends a request until its answer comes. */
export async function ask(client, request) {
  for (;;) {
    try {
      await client.send(request);
      return await answer(client);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      report("resent", request);
      const waited = `no answer for ${RESEND_AFTER / 1000} s, sending again`;
      if (!EVENTS) console.error(`node (pid=${process.pid}): ${waited}`);
    }
  }
}
