// req: pulls messages, asks a rep for the SHA-1 of each, and prints both.

import { ask, connectClient, COUNT, endpoints, ready, report, zmq } from "./role.mjs";

const [pull, rep] = endpoints("Pulls messages, asks a rep for the SHA-1 of each, prints both.", {
  PULL: "tcp://127.0.0.1:5555",
  REP: "tcp://127.0.0.1:5556",
});

const receiver = new zmq.Pull();
await receiver.bind(pull);
const client = connectClient(rep);
ready(receiver);

for (let done = 0; done < COUNT; done++) {
  const message = Buffer.concat(await receiver.receive());
  report("pulled", message, (data) => `node: received '${data}'`);
  const digest = await ask(client, message);
  report(
    "answered",
    digest,
    (data, pid) => `node (pid=${pid}): received sha1 from server: ${data}`,
  );
}
