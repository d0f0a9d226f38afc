/* rep: answers each message with its SHA-1 in lower-case hex. */
#include "digest.h"
#include "role.h"

int main(int argc, char **argv)
{
    const char *endpoint = "tcp://127.0.0.1:5556";
    start(argc, argv, "Answers each message with its SHA-1 in lower-case hex.", 1,
          (const char *[]){"ENDPOINT"}, &endpoint);

    void *context = zmq_ctx_new();
    void *server = bind_new(context, ZMQ_REP, endpoint);
    ready(1, &server);

    for (long done = 0; done < exchanges(); done++) {
        zmq_msg_t request;
        receive(server, &request);
        void *data = zmq_msg_data(&request);
        size_t size = zmq_msg_size(&request);
        report("received", data, size, "c: received '%1$s' from client.");

        char digest[SHA1_DIGITS + 1];
        transmit(server, sha1(data, size, digest), SHA1_DIGITS);
        report("replied", digest, SHA1_DIGITS,
               "c (pid=%2$d): sending back sha1 of the received data: %1$s");
        zmq_msg_close(&request);
    }
    zmq_close(server);
    zmq_ctx_term(context); /* waits until the last reply has left: ZMQ_LINGER is -1 by default */
}
