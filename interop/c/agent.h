/* The agent: holds sockets and does with them what it is told. docs/agent-contract.md is its law.
   agent.c converses, agent_socket.c and agent_message.c hold the ops, agent_options.c the options,
   agent_data.c frames and refusals; agent_zap.c decides who may come in. */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>

#include <jansson.h>
#include <zmq.h>

extern void *context;
extern bool lingering; /* a socket that is closed may still have something to send */
extern bool spent;     /* the context has names or threads that the next one must not meet */

/* An op returns what is ok, or NULL. Then `refusal` says why, as these two do. */
json_t *refuse(const char *code, const char *format, ...);
json_t *refuse_errno(void);
extern json_t *refusal;

struct socket {
    struct socket *next;
    void *zmq, *monitor; /* monitor: a PAIR on which its events arrive, or NULL */
    char name[];
};

/* The socket that a request names in this field, or NULL: refused. */
struct socket *find_socket(json_t *request, const char *field);

/* Forgets the socket, stops its monitor, and returns libzmq's. */
void *take_socket(struct socket *socket);

/* Closes all without lingering. */
void drop_sockets(void);

json_t *socket_types(void);

static inline int get_int(void *socket, int option)
{
    int value = 0;
    zmq_getsockopt(socket, option, &value, &(size_t){sizeof value});
    return value;
}

static inline int set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value);
}

/* Finds the socket of a request, or leaves the op. */
#define SOCKET(variable)                                                                           \
    struct socket *variable = find_socket(request, "socket");                                      \
    if (!variable)                                                                                 \
    return NULL

/* Unpacks fields of a request, or leaves the op. */
#define FIELDS(...)                                                                                \
    do {                                                                                           \
        json_error_t wrong;                                                                        \
        if (json_unpack_ex(request, &wrong, 0, __VA_ARGS__))                                       \
            return refuse("bad-request", "%s", wrong.text);                                        \
    } while (0)

/* The bytes that a request describes, as a message. False: refused. */
bool read_frame(json_t *described, zmq_msg_t *frame);

/* Bytes as a response describes them. */
json_t *describe(const void *data, size_t size);

/* Options by libzmq's names without ZMQ_. */
json_t *set_option(void *socket, const char *name, json_t *value);
json_t *get_option(void *socket, const char *name);
json_t *option_names(void);

/* The ZAP handler serves until the context is shut down; join it then. */
void zap_join(void);

#define OP(name) json_t *op_##name(json_t *request)
OP(socket);
OP(set);
OP(get);
OP(bind);
OP(unbind);
OP(connect);
OP(disconnect);
OP(subscribe);
OP(unsubscribe);
OP(monitor);
OP(close);
OP(send);
OP(recv);
OP(poll);
OP(events);
OP(zap);
OP(zap_log);
#undef OP

#endif
