/* mreq: sends msgqueue ten random letters every second, and prints what comes back. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "role.h"

int main(int argc, char **argv)
{
    const char *frontend = "tcp://127.0.0.1:5559";
    start(argc, argv, "Sends msgqueue ten random letters every second, prints what comes back.", 1,
          (const char *[]){"FRONTEND"}, &frontend);

    void *context = zmq_ctx_new();
    void *client = connect_client(context, frontend);
    ready(0, NULL);

    struct timespec now; /* clients that start together must not draw the same letters */
    clock_gettime(CLOCK_REALTIME, &now);
    srand((unsigned)(now.tv_nsec ^ now.tv_sec ^ getpid()));

    for (long done = 0; done < exchanges(); done++) {
        if (done)
            pause_between();
        char message[64];
        for (int i = 0; i < 10; i++)
            message[i] = "qwertyuiop"[rand() % 10];
        int size = 10 + sprintf(message + 10, " (from client pid=%d)", getpid());
        report("sent", message, size, NULL);

        zmq_msg_t echo;
        ask(client, message, size, &echo);
        report("answered", zmq_msg_data(&echo), zmq_msg_size(&echo),
               "c (pid=%2$d): received the original data: %1$s");
        zmq_msg_close(&echo);
    }
    zmq_close(client);
    zmq_ctx_term(context);
}
