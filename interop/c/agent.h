/* What the files of the agent share; interop/README.md shows which file holds what. */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>

#include <jansson.h>
#include <zmq.h>

/* ---- agent_data.c: frames as JSON, and refusals ---- */

/* An op returns what is ok, or NULL. Then `refusal` says why, as these two do. */
json_t *refuse(const char *code, const char *format, ...);
json_t *refuse_errno(void);
extern json_t *refusal;

/* Unpacks fields of a request, or leaves the op. */
#define FIELDS(...)                                                                                \
    do {                                                                                           \
        json_error_t wrong;                                                                        \
        if (json_unpack_ex(request, &wrong, 0, __VA_ARGS__))                                       \
            return refuse("bad-request", "%s", wrong.text);                                        \
    } while (0)

/* The bytes that a request describes, as a message. False: refused. */
bool bytes_of(json_t *described, zmq_msg_t *frame);

/* Bytes as a response describes them. */
json_t *describe(const void *data, size_t size);

/* What an op answers that has called libzmq: {}, or NULL for a result that is not 0. */
json_t *done(int result);

/* ---- agent_options.c: options by libzmq's names without ZMQ_ ---- */

json_t *set_option(void *socket, const char *name, json_t *value);
json_t *get_option(void *socket, const char *name);
json_t *option_names(void);

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

/* ---- agent_socket.c, and agent_message.c for what waits ---- */

extern void *context;
extern bool lingering;         /* a socket that is closed may still have something to send */
extern bool needs_new_context; /* it has names or threads that the next sockets must not meet */

struct socket {
    struct socket *next;
    void *zmq, *monitor; /* monitor: a PAIR on which its events arrive, or NULL */
    char name[];
};

/* The socket that a request names in this field, or NULL: refused. */
struct socket *find_socket(json_t *request, const char *field);

/* Finds the socket of a request, or leaves the op. */
#define SOCKET(variable)                                                                           \
    struct socket *variable = find_socket(request, "socket");                                      \
    if (!variable)                                                                                 \
    return NULL

json_t *socket_types(void);

/* Drops all without lingering, and ends the context if it must be a new one. */
void reset_sockets(void);

/* ---- agent_zap.c ---- */

/* The ZAP handler serves until the context is shut down; join it then. */
void zap_join(void);

/* ---- the ops ---- */

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
OP(send);
OP(recv);
OP(recv_property);
OP(poll);
OP(monitor);
OP(events);
OP(proxy);
OP(close);
OP(zap);
OP(zap_log);
OP(zap_router);
OP(curve_keypair);
#undef OP

#endif
