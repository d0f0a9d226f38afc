"""mrep: a server behind msgqueue that echoes each request."""

import role
import zmq

[backend] = role.endpoints(backend="tcp://127.0.0.1:5560")

with zmq.Context() as context, context.socket(zmq.REP) as server:
    server.linger = -1  # the last reply leaves before the program does
    server.connect(backend)
    role.ready()
    for _ in role.exchanges():
        request = b"".join(server.recv_multipart())
        role.report("received", request, "python: received '{data}' from client.")
        server.send(request)
        role.report(
            "replied", request, "python (pid={pid}): sending back the received data: {data}"
        )
