// The ZAP handler (RFC 27), which answers whom libzmq may let in; and CURVE keys.

import { bytesOf, describe, Refusal } from "./agent-data.mjs";
import { monitorOf } from "./agent-socket.mjs";
import { zmq } from "./role.mjs";

const Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

function z85(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4) {
    let number = bytes.readUInt32BE(i);
    let group = "";
    for (let digit = 0; digit < 5; digit++, number = Math.floor(number / 85)) {
      group = Z85[number % 85] + group;
    }
    text += group;
  }
  return text;
}

/** The user id of whom the rules let in; undefined for anybody else. */
function userOf(mechanism, credentials, { plain = {}, curve = [], null: anybody = false }) {
  if (mechanism === "NULL") return anybody ? "anonymous" : undefined;
  if (mechanism === "PLAIN") {
    const [name, password] = credentials.map(String);
    return Object.hasOwn(plain, name) && plain[name] === password ? name : undefined;
  }
  const key = mechanism === "CURVE" ? z85(credentials[0]) : undefined;
  return curve.includes(key) ? key : undefined;
}

const FORCED = {
  300: ["1.0", "300", "Temporary error"],
  400: ["1.0", "400", "Authentication failure"],
  500: ["1.0", "500", "Internal error"],
  malformed: ["2.0", "200", "OK"],
};

/** Refuses a reply that the handler can't give. */
export function checkRules({ reply }) {
  if (Array.isArray(reply)) {
    if (reply.length === 0) throw new Refusal("bad-request", "a reply has one frame at least");
    reply.filter((frame) => frame !== null).forEach(bytesOf);
  } else if (reply !== undefined && !Object.hasOwn(FORCED, reply)) {
    throw new Refusal("unsupported", `no reply ${reply}`);
  }
}

export class Zap {
  log = [];

  static async start(kind) {
    const zap = new Zap();
    zap.socket = new kind({ linger: 0 });
    zap.envelope = kind === zmq.Router ? 2 : 0; // a routing id and the delimiter
    zap.monitor = monitorOf(zap.socket);
    await zap.socket.bind("inproc://zeromq.zap.01");
    zap.served = zap.serve();
    return zap;
  }

  /** Answers by these rules from now on. */
  setRules({ allow = {}, reply }) {
    this.rules = {
      allow,
      forced: FORCED[reply],
      frames: Array.isArray(reply) ? reply.map((frame) => frame && bytesOf(frame)) : undefined,
    };
  }

  async serve() {
    // Whatever a close interrupts.
    await this.answer().catch((error) => {
      if (!this.socket.closed) throw error;
    });
  }

  async answer() {
    for await (const frames of this.socket) {
      this.log.push(frames.map(describe));
      const envelope = frames.splice(0, this.envelope);
      const [, id, , , , mechanism, ...credentials] = frames;
      const user = userOf(String(mechanism), credentials, this.rules.allow);
      const [version, status, text] =
        this.rules.forced ??
        (user === undefined ? ["1.0", "400", "Authentication failure"] : ["1.0", "200", "OK"]);
      const own = [version, id, status, text, status === "200" ? (user ?? "") : "", ""];
      const reply = this.rules.frames?.map((frame, i) => frame ?? own[i] ?? "") ?? own;
      await this.socket.send([...envelope, ...reply]);
    }
  }

  async stop() {
    this.socket.close();
    await this.served;
    for await (const { type } of this.monitor) if (type === "end") return;
  }
}

export function curveKeypair() {
  if (!zmq.capability.curve) throw new Refusal("unsupported", "this libzmq is built without CURVE");
  const { publicKey, secretKey } = zmq.curveKeyPair();
  return { public: publicKey, secret: secretKey };
}
