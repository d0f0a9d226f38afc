/* The options of a socket, by the contract's names. */
#include "agent.h"

#include <errno.h>
#include <string.h>

enum kind { INT, INT64, STRING, KEY, BINARY };

enum { KEY_SIZE = 41 }; /* 40 characters of Z85 and a NUL */

static const struct option {
    const char *name;
    int id;
    enum kind kind;
} OPTIONS[] = {
#define OPTION(name, kind) {#name, ZMQ_##name, kind}
    OPTION(LINGER, INT),
    OPTION(SNDHWM, INT),
    OPTION(RCVHWM, INT),
    OPTION(SNDTIMEO, INT),
    OPTION(RCVTIMEO, INT),
    OPTION(SNDBUF, INT),
    OPTION(RCVBUF, INT),
    OPTION(ROUTING_ID, BINARY),
    OPTION(ROUTER_MANDATORY, INT),
    OPTION(ROUTER_HANDOVER, INT),
    OPTION(PROBE_ROUTER, INT),
    OPTION(CONNECT_ROUTING_ID, BINARY),
    OPTION(REQ_RELAXED, INT),
    OPTION(REQ_CORRELATE, INT),
    OPTION(IMMEDIATE, INT),
    OPTION(CONFLATE, INT),
    OPTION(RECONNECT_IVL, INT),
    OPTION(RECONNECT_IVL_MAX, INT),
    OPTION(HANDSHAKE_IVL, INT),
    OPTION(HEARTBEAT_IVL, INT),
    OPTION(HEARTBEAT_TTL, INT),
    OPTION(HEARTBEAT_TIMEOUT, INT),
    OPTION(MAXMSGSIZE, INT64),
    OPTION(IPV6, INT),
    OPTION(TCP_KEEPALIVE, INT),
    OPTION(XPUB_VERBOSE, INT),
    OPTION(XPUB_VERBOSER, INT),
    OPTION(XPUB_MANUAL, INT),
    OPTION(XPUB_WELCOME_MSG, BINARY),
    OPTION(XPUB_NODROP, INT),
    OPTION(INVERT_MATCHING, INT),
    OPTION(PLAIN_SERVER, INT),
    OPTION(PLAIN_USERNAME, STRING),
    OPTION(PLAIN_PASSWORD, STRING),
    OPTION(CURVE_SERVER, INT),
    OPTION(CURVE_PUBLICKEY, KEY),
    OPTION(CURVE_SECRETKEY, KEY),
    OPTION(CURVE_SERVERKEY, KEY),
    OPTION(ZAP_DOMAIN, STRING),
    OPTION(LAST_ENDPOINT, STRING),
    OPTION(TYPE, INT),
    OPTION(MECHANISM, INT),
    OPTION(EVENTS, INT),
};

enum { OPTION_COUNT = sizeof OPTIONS / sizeof *OPTIONS };

/* A libzmq may be built without CURVE; then it has none of its options either. */
static bool here(const struct option *option)
{
    return strncmp(option->name, "CURVE_", 6) || zmq_has("curve");
}

static const struct option *find_option(const char *name)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (!strcmp(OPTIONS[i].name, name) && here(&OPTIONS[i]))
            return &OPTIONS[i];
    refuse("unsupported", "no option %s", name);
    return NULL;
}

json_t *option_names(void)
{
    json_t *names = json_array();
    for (int i = 0; i < OPTION_COUNT; i++)
        if (here(&OPTIONS[i]))
            json_array_append_new(names, json_string(OPTIONS[i].name));
    return names;
}

json_t *set_option(void *socket, const char *name, json_t *value)
{
    const struct option *option = find_option(name);
    if (!option)
        return NULL;
    if (option->kind == BINARY) {
        zmq_msg_t bytes;
        if (!bytes_of(value, &bytes))
            return NULL;
        int result =
            zmq_setsockopt(socket, option->id, zmq_msg_data(&bytes), zmq_msg_size(&bytes));
        int reason = errno;
        zmq_msg_close(&bytes);
        errno = reason;
        return done(result);
    }
    bool number = option->kind == INT || option->kind == INT64;
    if (number ? !json_is_integer(value) : !json_is_string(value))
        return refuse("bad-request", "%s is a %s", name, number ? "number" : "string");
    if (option->kind == INT) {
        int given = (int)json_integer_value(value);
        return done(zmq_setsockopt(socket, option->id, &given, sizeof given));
    }
    if (option->kind == INT64) {
        int64_t given = json_integer_value(value);
        return done(zmq_setsockopt(socket, option->id, &given, sizeof given));
    }
    return done(zmq_setsockopt(socket, option->id, json_string_value(value),
                               json_string_length(value)));
}

json_t *get_option(void *socket, const char *name)
{
    const struct option *option = find_option(name);
    if (!option)
        return NULL;
    union {
        int number;
        int64_t number64;
        char bytes[512];
    } value;
    size_t size = option->kind == INT     ? sizeof value.number
                  : option->kind == INT64 ? sizeof value.number64
                  : option->kind == KEY   ? KEY_SIZE
                                          : sizeof value;
    if (zmq_getsockopt(socket, option->id, &value, &size))
        return refuse_errno();
    switch (option->kind) {
    case INT:
        return json_pack("{s:i}", "value", value.number);
    case INT64:
        return json_pack("{s:I}", "value", (json_int_t)value.number64);
    case BINARY:
        return json_pack("{s:o}", "value", describe(value.bytes, size));
    default: /* libzmq counts the NUL at the end of a string */
        return json_pack("{s:s}", "value", size ? value.bytes : "");
    }
}
