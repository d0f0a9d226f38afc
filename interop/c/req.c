/* req: pulls messages, asks a rep for the SHA-1 of each, and prints both. */
#include "role.h"

int main(int argc, char **argv)
{
    const char *endpoints[] = {"tcp://127.0.0.1:5555", "tcp://127.0.0.1:5556"};
    start(argc, argv, "Pulls messages, asks a rep for the SHA-1 of each, and prints both.", 2,
          (const char *[]){"PULL", "REP"}, endpoints);

    void *context = zmq_ctx_new();
    void *receiver = bind_new(context, ZMQ_PULL, endpoints[0]);
    void *client = connect_client(context, endpoints[1]);
    ready(1, &receiver);

    for (long done = 0; done < exchanges(); done++) {
        zmq_msg_t message, digest;
        receive(receiver, &message);
        void *data = zmq_msg_data(&message);
        size_t size = zmq_msg_size(&message);
        report("pulled", data, size, "c: received '%1$s'");
        ask(client, data, size, &digest);
        report("answered", zmq_msg_data(&digest), zmq_msg_size(&digest),
               "c (pid=%2$d): received sha1 from server: %1$s");
        zmq_msg_close(&message);
        zmq_msg_close(&digest);
    }
    zmq_close(receiver);
    zmq_close(client);
    zmq_ctx_term(context);
}
