// What requests and responses consist of: frames as JSON, and refusals.

import { createHash } from "node:crypto";

const HEX_UP_TO = 1024;

/** An error with a code of the contract's own. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Makes the error of a response. */
export function refusalOf(error) {
  const { code, message, sent } = error;
  const own = error instanceof Refusal;
  if (error instanceof TypeError) return { code: "bad-request", message };
  if (code === "EPROTONOSUPPORT") return { code: "unsupported", message };
  return { code: own || /^E[A-Z]+$/.test(code) ? code : "other", message, sent };
}

/** Bytes as a response describes them. */
export function describe(data) {
  const sha1 = createHash("sha1").update(data).digest("hex");
  const described = { size: data.length, sha1 };
  return data.length > HEX_UP_TO ? described : { ...described, hex: data.toString("hex") };
}

/** The bytes that a request describes. */
export function bytesOf(described) {
  const { hex, text, fill } = described ?? {};
  if (typeof text === "string") return Buffer.from(text);
  if (typeof hex === "string") {
    const bytes = Buffer.from(hex, "hex"); // stops at what is no digit
    if (2 * bytes.length === hex.length) return bytes;
  }
  if (fill?.size >= 0 && fill?.seed >= 0) {
    const period = Uint8Array.from({ length: 251 }, (_, i) => (fill.seed + i) % 251);
    return Buffer.alloc(fill.size, period);
  }
  throw new Refusal("bad-request", 'a frame is {"hex"}, {"text"} or {"fill":{"size","seed"}}');
}
