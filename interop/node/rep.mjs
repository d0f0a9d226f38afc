// rep: answers each message with its SHA-1 in lower-case hex.

import { COUNT, endpoints, handOver, ready, report, sha1, zmq } from "./role.mjs";

const [endpoint] = endpoints("Answers each message with its SHA-1 in lower-case hex.", {
  ENDPOINT: "tcp://127.0.0.1:5556",
});

const server = new zmq.Reply();
await server.bind(endpoint);
ready(server);

for (let done = 0; done < COUNT; done++) {
  const request = Buffer.concat(await server.receive()); // a stranger's may have more frames
  report("received", request, (data) => `node: received '${data}' from client.`);
  const digest = Buffer.from(sha1(request));
  await server.send(digest);
  report(
    "replied",
    digest,
    (data, pid) => `node (pid=${pid}): sending back sha1 of the received data: ${data}`,
  );
}
await handOver(server);
