"""rep: answers each message with its SHA-1 in lower-case hex."""

import hashlib

import role
import zmq

[endpoint] = role.endpoints(endpoint="tcp://127.0.0.1:5556")

with zmq.Context() as context, context.socket(zmq.REP) as server:
    server.linger = -1  # the last reply leaves before the program does
    server.bind(endpoint)
    role.ready(server)
    for _ in role.exchanges():
        request = b"".join(server.recv_multipart())
        role.report("received", request, "python: received '{data}' from client.")
        digest = hashlib.sha1(request).hexdigest().encode()
        server.send(digest)
        role.report(
            "replied",
            digest,
            "python (pid={pid}): sending back sha1 of the received data: {data}",
        )
