// msgqueue: the request-reply broker, any number of clients in front, of servers behind.

import { endpoints, ready, zmq } from "./role.mjs";

const [frontend, backend] = endpoints(
  "The request-reply broker: any number of clients in front, of servers behind.",
  { FRONTEND: "tcp://127.0.0.1:5559", BACKEND: "tcp://127.0.0.1:5560" },
);

const clients = new zmq.Router();
await clients.bind(frontend);
const servers = new zmq.Dealer();
await servers.bind(backend);
ready(clients, servers);

await new zmq.Proxy(clients, servers).run();
