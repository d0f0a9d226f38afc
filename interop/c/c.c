/* c: sends a rep the local date and time every second, and prints the digest that it gets. */
#include <time.h>

#include "role.h"

int main(int argc, char **argv)
{
    const char *rep = "tcp://127.0.0.1:5556";
    start(argc, argv, "Sends a rep the date and time every second, prints the digest that it gets.", 1,
          (const char *[]){"REP"}, &rep);

    void *context = zmq_ctx_new();
    void *client = connect_client(context, rep);
    ready(0, NULL);

    for (long done = 0; done < exchanges(); done++) {
        if (done)
            pause_between();
        time_t now = time(NULL);
        char message[64];
        size_t size = strftime(message, sizeof message, "%a %b %e %H:%M:%S %Y", localtime(&now));
        report("sent", message, size, "c (pid=%2$d): sending data: '%1$s'");

        zmq_msg_t digest;
        ask(client, message, size, &digest);
        report("answered", zmq_msg_data(&digest), zmq_msg_size(&digest),
               "c (pid=%2$d): received sha1 of data: %1$s");
        zmq_msg_close(&digest);
    }
    zmq_close(client);
    zmq_ctx_term(context);
}
