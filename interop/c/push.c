/* push: sends all of standard input, less trailing newlines, as ONE message. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "role.h"

/* Reads standard input to its end. */
static char *read_all(size_t *size)
{
    char *data = NULL;
    size_t room = 0, got;
    *size = 0;
    do {
        if (*size == room && !(data = realloc(data, room = 2 * room + 65536)))
            fail(1, "standard input: %s", strerror(errno));
        got = fread(data + *size, 1, room - *size, stdin);
        *size += got;
    } while (got);
    if (ferror(stdin))
        fail(1, "standard input: %s", strerror(errno));
    return data;
}

int main(int argc, char **argv)
{
    const char *pull = "tcp://127.0.0.1:5555";
    start(argc, argv, "Sends all of standard input, less trailing newlines, as ONE message.", 1,
          (const char *[]){"PULL"}, &pull);

    void *context = zmq_ctx_new();
    void *sender = connect_new(context, ZMQ_PUSH, pull);
    ready(0, NULL);

    size_t size;
    char *message = read_all(&size);
    while (size && message[size - 1] == '\n')
        size--;
    transmit(sender, message, size);
    zmq_close(sender);
    zmq_ctx_term(context); /* waits, for ever if it must, until the message has left */
    report("sent", message, size, NULL);
    free(message);
}
