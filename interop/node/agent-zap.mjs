// The ZAP handler (RFC 27), which answers whom libzmq may let in; and CURVE keys.

import { describe, Refusal } from "./agent-data.mjs";
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
  if (reply !== undefined && !Object.hasOwn(FORCED, reply)) {
    throw new Refusal("unsupported", `no reply ${reply}`);
  }
}

export class Zap {
  log = [];

  static async start() {
    const zap = new Zap();
    zap.socket = new zmq.Reply({ linger: 0 });
    zap.monitor = monitorOf(zap.socket);
    await zap.socket.bind("inproc://zeromq.zap.01");
    zap.served = zap.serve();
    return zap;
  }

  /** Answers by these rules from now on. */
  setRules({ allow = {}, reply }) {
    this.rules = { allow, forced: FORCED[reply] };
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
      const [, id, , , , mechanism, ...credentials] = frames;
      const user = userOf(String(mechanism), credentials, this.rules.allow);
      const [version, status, text] =
        this.rules.forced ??
        (user === undefined ? ["1.0", "400", "Authentication failure"] : ["1.0", "200", "OK"]);
      const reply = [version, id, status, text, status === "200" ? (user ?? "") : "", ""];
      await this.socket.send(reply);
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
