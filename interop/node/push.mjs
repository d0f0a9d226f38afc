// push: sends all of standard input, less trailing newlines, as ONE message.

import { buffer } from "node:stream/consumers";

import { endpoints, handOver, ready, report, zmq } from "./role.mjs";

const [pull] = endpoints("Sends all of standard input, less trailing newlines, as ONE message.", {
  PULL: "tcp://127.0.0.1:5555",
});

const sender = new zmq.Push();
sender.connect(pull);
ready();

const input = await buffer(process.stdin);
let size = input.length;
while (size > 0 && input[size - 1] === 0x0a) size--;
const message = input.subarray(0, size);
await sender.send(message);
await handOver(sender);
report("sent", message);
