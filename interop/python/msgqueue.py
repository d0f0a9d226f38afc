"""msgqueue: the request-reply broker, any number of clients in front, of servers behind."""

import role
import zmq

frontend, backend = role.endpoints(frontend="tcp://127.0.0.1:5559", backend="tcp://127.0.0.1:5560")

with (
    zmq.Context() as context,
    context.socket(zmq.ROUTER) as clients,
    context.socket(zmq.DEALER) as servers,
):
    clients.bind(frontend)
    servers.bind(backend)
    role.ready(clients, servers)
    zmq.proxy(clients, servers)
