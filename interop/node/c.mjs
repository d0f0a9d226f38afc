// c: sends a rep the local date and time every second, and prints the digest that it gets.

import { setTimeout as sleep } from "node:timers/promises";

import { ask, connectClient, COUNT, endpoints, INTERVAL, ready, report } from "./role.mjs";

const [rep] = endpoints("Sends a rep the date and time every second, prints the digest.", {
  REP: "tcp://127.0.0.1:5556",
});

/** The form of ctime(3): Fri Aug 10 00:03:40 2012, the day padded with a space. */
function ctime(date) {
  const [weekday, month, day, year, time] = date.toString().split(" ");
  return `${weekday} ${month} ${day.replace(/^0/, " ")} ${time} ${year}`;
}

const client = connectClient(rep);
ready();

for (let done = 0; done < COUNT; done++) {
  if (done) await sleep(INTERVAL);
  const message = Buffer.from(ctime(new Date()));
  report("sent", message, (data, pid) => `node (pid=${pid}): sending data: '${data}'`);
  const digest = await ask(client, message);
  report("answered", digest, (data, pid) => `node (pid=${pid}): received sha1 of data: ${data}`);
}
