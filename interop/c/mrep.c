/* mrep: a server behind msgqueue, which echoes each request. */
#include "role.h"

int main(int argc, char **argv)
{
    const char *backend = "tcp://127.0.0.1:5560";
    start(argc, argv, "A server behind msgqueue, which echoes each request.", 1,
          (const char *[]){"BACKEND"}, &backend);

    void *context = zmq_ctx_new();
    void *server = connect_new(context, ZMQ_REP, backend);
    ready(0, NULL);

    for (long done = 0; done < exchanges(); done++) {
        zmq_msg_t request;
        receive(server, &request);
        void *data = zmq_msg_data(&request);
        size_t size = zmq_msg_size(&request);
        report("received", data, size, "c: received '%1$s' from client.");
        transmit(server, data, size);
        report("replied", data, size, "c (pid=%2$d): sending back the received data: %1$s");
        zmq_msg_close(&request);
    }
    zmq_close(server);
    zmq_ctx_term(context); /* waits until the last reply has left: ZMQ_LINGER is -1 by default */
}
