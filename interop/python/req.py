"""req: pulls messages, asks a rep for the SHA-1 of each, and prints both."""

import role
import zmq

pull, rep = role.endpoints(pull="tcp://127.0.0.1:5555", rep="tcp://127.0.0.1:5556")

with (
    zmq.Context() as context,
    context.socket(zmq.PULL) as receiver,
    role.client(context, rep) as client,
):
    receiver.bind(pull)
    role.ready(receiver)
    for _ in role.exchanges():
        message = b"".join(receiver.recv_multipart())
        role.report("pulled", message, "python: received '{data}'")
        digest = role.ask(client, message)
        role.report("answered", digest, "python (pid={pid}): received sha1 from server: {data}")
