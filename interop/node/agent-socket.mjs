// A socket as the agent holds it: its type, its events, and how to wait for it.

import { EventEmitter } from "node:events";

import { OPTIONS } from "./agent-data.mjs";
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

export const now = () => performance.now();

/** A socket, and what its monitor says. */
export class Held extends EventEmitter {
  kept = undefined; // the events, once somebody wants them

  constructor(socket) {
    super();
    this.socket = socket;
  }

  /** Follows the monitor; resolves when nothing is left of the socket, so only after it is closed. */
  get gone() {
    const follow = async () => {
      for await (const { type } of this.socket.events) {
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

const PATIENCE = 1000; // milliseconds that an op waits where neither it nor its socket says how long

/** When the op must be answered; `own` is its socket's timeout. */
export function deadline({ timeout_ms }, own = -1) {
  return now() + (timeout_ms ?? (own < 0 ? PATIENCE : own));
}

/** Tries at once, which also says at once that it is not possible, then until the deadline. */
export async function inTime(socket, option, until, attempt) {
  const own = socket.getInt32Option(option);
  try {
    for (let left = 0; ;) {
      socket.setInt32Option(option, left);
      try {
        return await attempt();
      } catch (error) {
        // A receive may see EAGAIN early: what woke it was a message that libzmq then dropped, like
        // the answer to an earlier request. A send that woke up in vain would do so for ever.
        const final = left > 0 && option === SNDTIMEO;
        left = Math.ceil(until - now());
        if (error.code !== "EAGAIN" || left <= 0 || final) throw error;
      }
    }
  } finally {
    if (!socket.closed) socket.setInt32Option(option, own);
  }
}
