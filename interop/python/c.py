"""c: sends the date and time every second, and prints the digest that it gets."""

import time

import role
import zmq

[rep] = role.endpoints(rep="tcp://127.0.0.1:5556")

with zmq.Context() as context, role.client(context, rep) as client:
    role.ready()
    for exchange in role.exchanges():
        if exchange:
            time.sleep(role.INTERVAL)
        now = time.ctime().encode()
        role.report("sent", now, "python (pid={pid}): sending data: '{data}'")
        digest = role.ask(client, now)
        role.report("answered", digest, "python (pid={pid}): received sha1 of data: {data}")
