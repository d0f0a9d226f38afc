/* What the seven programs share: arguments, endpoints, events, and the client.
   docs/role-contract.md says what each of them does and prints. */
#ifndef ROLE_H
#define ROLE_H

#include <stddef.h>

#include <zmq.h>

/* Reads the environment and the arguments. `endpoints` holds the defaults, then what was given. */
void start(int argc, char **argv, const char *about, int count, const char *names[],
           const char *endpoints[]);

/* How many exchanges to make; without INTEROP_COUNT more than anybody will live to see. */
long exchanges(void);

/* Waits between an answer and the next message. */
void pause_between(void);

/* Ends the program with one line on standard error. */
_Noreturn void fail(int status, const char *format, ...);

/* Return a socket of this type that is bound or connected, or end the program. */
void *bind_new(void *context, int type, const char *endpoint);
void *connect_new(void *context, int type, const char *endpoint);

/* Connects a REQ socket that outlives its servers. */
void *connect_client(void *context, const char *endpoint);

/* Sends a request until its answer comes; the caller closes the answer. */
void ask(void *client, const void *data, size_t size, zmq_msg_t *answer);

/* Receives a message; the caller closes it. */
void receive(void *socket, zmq_msg_t *message);

void transmit(void *socket, const void *data, size_t size);

/* Tells a harness that all sockets are there, and where the bound ones really are. */
void ready(int count, void *bound[]);

/* Tells a harness of an event, or a person a sentence (if there is one). In the sentence's printf
   format argument 1 is the data as a person may see it, and argument 2 the process id. */
void report(const char *event, const void *data, size_t size, const char *sentence);

#endif
