// mrep: a server behind msgqueue, which echoes each request.

import { COUNT, endpoints, handOver, ready, report, zmq } from "./role.mjs";

const [backend] = endpoints("A server behind msgqueue, which echoes each request.", {
  BACKEND: "tcp://127.0.0.1:5560",
});

const server = new zmq.Reply();
server.connect(backend);
ready();

for (let done = 0; done < COUNT; done++) {
  const request = Buffer.concat(await server.receive()); // a stranger's may have more frames
  report("received", request, (data) => `node: received '${data}' from client.`);
  await server.send(request);
  report(
    "replied",
    request,
    (data, pid) => `node (pid=${pid}): sending back the received data: ${data}`,
  );
}
await handOver(server);
