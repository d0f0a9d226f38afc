// versions: prints what this peer consists of as one line of JSON.

import { createRequire } from "node:module";

import { zmq } from "./role.mjs";

const { version } = createRequire(import.meta.url)("zeromq/package.json");
console.log(
  JSON.stringify({
    language: "JavaScript",
    interpreter: `Node.js ${process.versions.node}`,
    binding: `zeromq.js ${version}`,
    libzmq: zmq.version,
    engine: { name: "libzmq", version: zmq.version },
  }),
);
