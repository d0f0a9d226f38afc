/* msgqueue: the request-reply broker, any number of clients in front, of servers behind. */
#include <errno.h>

#include "role.h"

int main(int argc, char **argv)
{
    const char *endpoints[] = {"tcp://127.0.0.1:5559", "tcp://127.0.0.1:5560"};
    start(argc, argv, "The request-reply broker: any number of clients in front, of servers behind.", 2,
          (const char *[]){"FRONTEND", "BACKEND"}, endpoints);

    void *context = zmq_ctx_new();
    void *clients = bind_new(context, ZMQ_ROUTER, endpoints[0]);
    void *servers = bind_new(context, ZMQ_DEALER, endpoints[1]);
    ready(2, (void *[]){clients, servers});

    zmq_proxy(clients, servers, NULL); /* returns only when it can't go on */
    fail(1, "cannot go on: %s", zmq_strerror(errno));
}
