// mreq: sends msgqueue ten random letters every second, and prints what comes back.

import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { ask, connectClient, COUNT, endpoints, INTERVAL, ready, report } from "./role.mjs";

const [frontend] = endpoints("Sends msgqueue ten random letters, prints what comes back.", {
  FRONTEND: "tcp://127.0.0.1:5559",
});

const client = connectClient(frontend);
ready();

for (let done = 0; done < COUNT; done++) {
  if (done) await sleep(INTERVAL);
  const letters = Array.from({ length: 10 }, () => "qwertyuiop"[randomInt(10)]).join("");
  const message = Buffer.from(`${letters} (from client pid=${process.pid})`);
  report("sent", message);
  const echo = await ask(client, message);
  report("answered", echo, (data, pid) => `node (pid=${pid}): received the original data: ${data}`);
}
