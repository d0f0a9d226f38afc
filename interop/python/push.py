"""push: sends all of standard input, less trailing newlines, as ONE message."""

import sys

import role
import zmq

[pull] = role.endpoints(pull="tcp://127.0.0.1:5555")

with zmq.Context() as context, context.socket(zmq.PUSH) as sender:
    sender.linger = -1  # leaving this block waits, for ever if it must, until the message has left
    sender.connect(pull)
    role.ready()
    message = sys.stdin.buffer.read().rstrip(b"\n")
    sender.send(message)
role.report("sent", message)
