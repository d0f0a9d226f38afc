/* The sockets that the agent has, and all that is done with one, but what waits: agent_message.c. */
#include "agent.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

void *context;
bool lingering;
bool needs_new_context;

static const char *const TYPES[] = {
    [ZMQ_PAIR] = "PAIR",     [ZMQ_PUB] = "PUB",       [ZMQ_SUB] = "SUB",   [ZMQ_REQ] = "REQ",
    [ZMQ_REP] = "REP",       [ZMQ_DEALER] = "DEALER", [ZMQ_PULL] = "PULL", [ZMQ_PUSH] = "PUSH",
    [ZMQ_ROUTER] = "ROUTER", [ZMQ_XPUB] = "XPUB",     [ZMQ_XSUB] = "XSUB",
};
enum { TYPE_COUNT = sizeof TYPES / sizeof *TYPES };

static struct socket *sockets;

static struct socket **place(const char *name)
{
    struct socket **socket = &sockets;
    while (*socket && strcmp((*socket)->name, name))
        socket = &(*socket)->next;
    return socket;
}

struct socket *find_socket(json_t *request, const char *field)
{
    const char *name = json_string_value(json_object_get(request, field));
    struct socket *socket = name ? *place(name) : NULL;
    if (!socket)
        refuse("bad-request", "%s: there is no socket '%s'", field, name ? name : "");
    return socket;
}

/* Removes the socket from the table, stops its monitor, and returns libzmq's. */
static void *take_socket(struct socket *socket)
{
    void *taken = socket->zmq;
    if (socket->monitor) {
        zmq_socket_monitor(taken, NULL, 0);
        zmq_close(socket->monitor);
    }
    *place(socket->name) = socket->next;
    free(socket);
    return taken;
}

json_t *socket_types(void)
{
    json_t *types = json_array();
    for (int type = 0; type < TYPE_COUNT; type++)
        json_array_append_new(types, json_string(TYPES[type]));
    return types;
}

json_t *op_socket(json_t *request)
{
    const char *name, *wanted, *option;
    json_t *options = NULL, *value;
    FIELDS("{s:s, s:s, s?o}", "socket", &name, "type", &wanted, "options", &options);
    if (*place(name))
        return refuse("bad-request", "there is a socket '%s' already", name);
    int type = 0;
    while (type < TYPE_COUNT && strcmp(TYPES[type], wanted))
        type++;
    if (type == TYPE_COUNT)
        return refuse("unsupported", "no socket type %s", wanted);
    void *socket = zmq_socket(context, type);
    if (!socket)
        return refuse_errno();
    set_int(socket, ZMQ_LINGER, 0);
    json_object_foreach(options, option, value) {
        json_t *result = set_option(socket, option, value);
        json_decref(result);
        if (!result) {
            zmq_close(socket);
            return NULL;
        }
    }
    struct socket *added = malloc(sizeof *added + strlen(name) + 1);
    *added = (struct socket){.next = sockets, .zmq = socket};
    strcpy(added->name, name);
    sockets = added;
    return json_object();
}

json_t *op_set(json_t *request)
{
    const char *option;
    json_t *value;
    SOCKET(socket);
    FIELDS("{s:s, s:o}", "option", &option, "value", &value);
    return set_option(socket->zmq, option, value);
}

json_t *op_get(json_t *request)
{
    const char *option;
    SOCKET(socket);
    FIELDS("{s:s}", "option", &option);
    return get_option(socket->zmq, option);
}

static bool has_transport(const char *endpoint)
{
    return !strstr(endpoint, "://") || !strncmp(endpoint, "tcp://", 6) ||
           !strncmp(endpoint, "inproc://", 9) || (!strncmp(endpoint, "ipc://", 6) && zmq_has("ipc"));
}

static json_t *at_endpoint(json_t *request, int (*call)(void *, const char *))
{
    const char *endpoint;
    SOCKET(socket);
    FIELDS("{s:s}", "endpoint", &endpoint);
    if (!has_transport(endpoint))
        return refuse("unsupported", "no transport for %s", endpoint);
    needs_new_context = needs_new_context || strncmp(endpoint, "tcp://", 6);
    if (call(socket->zmq, endpoint))
        return refuse_errno();
    if (call != zmq_bind)
        return json_object();
    char real[512];
    if (zmq_getsockopt(socket->zmq, ZMQ_LAST_ENDPOINT, real, &(size_t){sizeof real}))
        return refuse_errno();
    return json_pack("{s:s}", "endpoint", real);
}

json_t *op_bind(json_t *request)
{
    return at_endpoint(request, zmq_bind);
}

json_t *op_unbind(json_t *request)
{
    return at_endpoint(request, zmq_unbind);
}

json_t *op_connect(json_t *request)
{
    return at_endpoint(request, zmq_connect);
}

json_t *op_disconnect(json_t *request)
{
    return at_endpoint(request, zmq_disconnect);
}

static json_t *subscription(json_t *request, int option)
{
    json_t *described;
    zmq_msg_t topic;
    SOCKET(socket);
    FIELDS("{s:o}", "topic", &described);
    if (!bytes_of(described, &topic))
        return NULL;
    json_t *result = done(
        zmq_setsockopt(socket->zmq, option, zmq_msg_data(&topic), zmq_msg_size(&topic)));
    zmq_msg_close(&topic);
    return result;
}

json_t *op_subscribe(json_t *request)
{
    return subscription(request, ZMQ_SUBSCRIBE);
}

json_t *op_unsubscribe(json_t *request)
{
    return subscription(request, ZMQ_UNSUBSCRIBE);
}

json_t *op_monitor(json_t *request)
{
    SOCKET(socket);
    if (socket->monitor)
        return json_object();
    needs_new_context = true;
    static int count;
    char endpoint[40];
    snprintf(endpoint, sizeof endpoint, "inproc://agent.monitor.%d", ++count);
    if (zmq_socket_monitor(socket->zmq, endpoint, ZMQ_EVENT_ALL))
        return refuse_errno();
    /* Room for any number of events: at a high-water mark libzmq's own thread would wait for us. */
    socket->monitor = zmq_socket(context, ZMQ_PAIR);
    set_int(socket->monitor, ZMQ_RCVHWM, 0);
    return done(zmq_connect(socket->monitor, endpoint));
}

/* ---- proxies: each is a thread that ends when the context does ---- */

static struct proxy {
    struct proxy *next;
    pthread_t thread;
    void *frontend, *backend;
} *proxies;

static void *run_proxy(void *argument)
{
    struct proxy *proxy = argument;
    zmq_proxy(proxy->frontend, proxy->backend, NULL);
    zmq_close(proxy->frontend);
    zmq_close(proxy->backend);
    return NULL;
}

json_t *op_proxy(json_t *request)
{
    struct socket *frontend = find_socket(request, "frontend");
    struct socket *backend = frontend ? find_socket(request, "backend") : NULL;
    if (!backend)
        return NULL;
    if (frontend == backend)
        return refuse("bad-request", "a proxy has two sockets");
    struct proxy *proxy = malloc(sizeof *proxy);
    *proxy = (struct proxy){proxies, 0, take_socket(frontend), take_socket(backend)};
    set_int(proxy->frontend, ZMQ_LINGER, 0);
    set_int(proxy->backend, ZMQ_LINGER, 0);
    if ((errno = pthread_create(&proxy->thread, NULL, run_proxy, proxy)))
        return refuse_errno();
    needs_new_context = true;
    proxies = proxy;
    return json_object();
}

json_t *op_close(json_t *request)
{
    SOCKET(socket);
    lingering = lingering || get_int(socket->zmq, ZMQ_LINGER);
    zmq_close(take_socket(socket));
    return json_object();
}

/* A new context costs as much as the rest of a simple case, so the old one is kept if nothing in it
   can leak into what follows; otherwise its end waits until the last socket is closed. */
void reset_sockets(void)
{
    while (sockets) {
        void *socket = take_socket(sockets);
        set_int(socket, ZMQ_LINGER, 0);
        zmq_close(socket);
    }
    if (!needs_new_context)
        return;
    zmq_ctx_shutdown(context); /* ends the threads */
    zap_join();
    while (proxies) {
        struct proxy *proxy = proxies;
        pthread_join(proxy->thread, NULL);
        proxies = proxy->next;
        free(proxy);
    }
    if (!lingering) /* otherwise this would wait, perhaps for ever */
        zmq_ctx_term(context);
    context = NULL;
    needs_new_context = false;
}
