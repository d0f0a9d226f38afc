"""mreq: sends msgqueue ten random letters every second, and prints what comes back."""

import os
import random
import time

import role
import zmq

[frontend] = role.endpoints(frontend="tcp://127.0.0.1:5559")

with zmq.Context() as context, role.client(context, frontend) as client:
    role.ready()
    for exchange in role.exchanges():
        if exchange:
            time.sleep(role.INTERVAL)
        letters = "".join(random.choices("qwertyuiop", k=10))
        message = f"{letters} (from client pid={os.getpid()})".encode()
        role.report("sent", message)
        echo = role.ask(client, message)
        role.report("answered", echo, "python (pid={pid}): received the original data: {data}")
