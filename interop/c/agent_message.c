/* What waits, each op until its deadline: send, recv, poll, and events. */
#include "agent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    DEFAULT_TIMEOUT = 1000, /* ms that an op waits where neither it nor its socket says how long */
    /* ms after its deadline in which an op goes on with what needs no waiting: it takes what is
       queued, but does not follow a peer that never stops sending */
    GRACE = 500,
};

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* When the op must be answered; `own` is its socket's timeout. */
static long long deadline_of(json_t *request, int own)
{
    json_t *timeout = json_object_get(request, "timeout_ms");
    if (json_is_number(timeout))
        return now() + (long long)json_number_value(timeout);
    return now() + (own < 0 ? DEFAULT_TIMEOUT : own);
}

static int left(long long deadline)
{
    long long remaining = deadline - now();
    return remaining > 0 ? (int)remaining : 0;
}

/* Must an op end although it need not wait? */
static bool is_over(long long deadline)
{
    return now() > deadline + GRACE;
}

/* Sends or receives one frame, now or until the deadline. */
static int call_until(int (*call)(zmq_msg_t *, void *, int), zmq_msg_t *frame, void *socket,
                    int flags, long long deadline)
{
    int result = call(frame, socket, flags | ZMQ_DONTWAIT);
    if (result >= 0 || errno != EAGAIN || !left(deadline))
        return result;
    int timeout = call == zmq_msg_send ? ZMQ_SNDTIMEO : ZMQ_RCVTIMEO;
    int own = get_int(socket, timeout);
    set_int(socket, timeout, left(deadline));
    result = call(frame, socket, flags);
    int reason = errno;
    set_int(socket, timeout, own);
    errno = reason;
    return result;
}

/* Sends a message once; the frames stay. */
static int send_copy(void *socket, zmq_msg_t *frames, size_t count, long long deadline)
{
    for (size_t i = 0; i < count; i++) {
        zmq_msg_t copy;
        zmq_msg_init(&copy);
        zmq_msg_copy(&copy, &frames[i]);
        if (call_until(zmq_msg_send, &copy, socket, i + 1 < count ? ZMQ_SNDMORE : 0, deadline) < 0) {
            int reason = errno;
            zmq_msg_close(&copy);
            errno = reason;
            return -1;
        }
    }
    return 0;
}

json_t *op_send(json_t *request)
{
    json_t *described;
    json_int_t times = 1, sent = 0;
    SOCKET(socket);
    long long deadline = deadline_of(request, get_int(socket->zmq, ZMQ_SNDTIMEO));
    FIELDS("{s:o, s?I}", "frames", &described, "count", &times);
    size_t count = json_array_size(described), ready = 0;
    if (!count)
        return refuse("bad-request", "a message has one frame at least");
    zmq_msg_t *frames = calloc(count, sizeof *frames);
    while (ready < count && bytes_of(json_array_get(described, ready), &frames[ready]))
        ready++;
    int result = ready < count ? -1 : 0;
    while (!result && sent < times) {
        bool over = sent && is_over(deadline);
        errno = EAGAIN;
        result = over ? -1 : send_copy(socket->zmq, frames, count, deadline);
        sent += !result;
    }
    if (result && ready == count) {
        refuse_errno();
        json_object_set_new(refusal, "sent", json_integer(sent));
    }
    while (ready)
        zmq_msg_close(&frames[--ready]);
    free(frames);
    return result ? NULL : json_pack("{s:I}", "sent", sent);
}

/* Receives a message as the frames of a response, or NULL: refused. Where `property` is one, `value`
   becomes what is known by that name of the connection that it came on, or null. */
static json_t *receive(void *socket, long long deadline, const char *property, json_t **value)
{
    json_t *frames = json_array();
    bool more = true;
    while (more) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (call_until(zmq_msg_recv, &frame, socket, 0, deadline) < 0) {
            json_decref(frames);
            return refuse_errno();
        }
        if (property && !json_array_size(frames)) {
            const char *known = zmq_msg_gets(&frame, property);
            *value = known ? json_string(known) : json_null();
        }
        json_array_append_new(frames, describe(zmq_msg_data(&frame), zmq_msg_size(&frame)));
        more = zmq_msg_more(&frame);
        zmq_msg_close(&frame);
    }
    return frames;
}

json_t *op_recv_property(json_t *request)
{
    const char *property;
    json_t *value = NULL;
    SOCKET(socket);
    long long deadline = deadline_of(request, get_int(socket->zmq, ZMQ_RCVTIMEO));
    FIELDS("{s:s}", "property", &property);
    json_t *frames = receive(socket->zmq, deadline, property, &value);
    return frames ? json_pack("{s:o, s:o}", "frames", frames, "value", value) : NULL;
}

json_t *op_recv(json_t *request)
{
    json_int_t count = -1;
    SOCKET(socket);
    long long deadline = deadline_of(request, get_int(socket->zmq, ZMQ_RCVTIMEO));
    FIELDS("{s?I}", "count", &count);
    if (count < 0) {
        json_t *frames = receive(socket->zmq, deadline, NULL, NULL);
        return frames ? json_pack("{s:o}", "frames", frames) : NULL;
    }
    json_t *messages = json_array();
    while ((json_int_t)json_array_size(messages) < count) {
        if (json_array_size(messages) && is_over(deadline))
            break;
        json_t *frames = receive(socket->zmq, deadline, NULL, NULL);
        if (!frames && (errno == EAGAIN || json_array_size(messages)))
            break; /* what came before it is not lost */
        if (!frames) {
            json_decref(messages);
            return NULL;
        }
        json_array_append_new(messages, frames);
    }
    return json_pack("{s:o}", "messages", messages);
}

json_t *op_poll(json_t *request)
{
    const char *events;
    long long deadline = deadline_of(request, -1);
    SOCKET(socket);
    FIELDS("{s:s}", "events", &events);
    bool in = !strcmp(events, "in");
    if (!in && strcmp(events, "out"))
        return refuse("bad-request", "events is \"in\" or \"out\"");
    zmq_pollitem_t item = {.socket = socket->zmq, .events = in ? ZMQ_POLLIN : ZMQ_POLLOUT};
    int ready = zmq_poll(&item, 1, left(deadline));
    return ready < 0 ? refuse_errno() : json_pack("{s:b}", "ready", ready);
}

static const char *event_name(unsigned event)
{
    static const char *const NAMES[] = {
        "CONNECTED", "CONNECT_DELAYED", "CONNECT_RETRIED", "LISTENING", "BIND_FAILED", "ACCEPTED",
        "ACCEPT_FAILED", "CLOSED", "CLOSE_FAILED", "DISCONNECTED", "MONITOR_STOPPED",
        "HANDSHAKE_FAILED_NO_DETAIL", "HANDSHAKE_SUCCEEDED", "HANDSHAKE_FAILED_PROTOCOL",
        "HANDSHAKE_FAILED_AUTH", /* the bits of ZMQ_EVENT_ALL, from the lowest */
    };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (event == 1u << i)
            return NAMES[i];
    return "UNKNOWN";
}

json_t *op_events(json_t *request)
{
    const char *wanted = NULL;
    long long deadline = deadline_of(request, -1);
    SOCKET(socket);
    FIELDS("{s?s}", "until", &wanted);
    if (!socket->monitor)
        return refuse("bad-request", "the socket has no monitor");
    json_t *events = json_array();
    bool found = !wanted; /* without one: only what is there */
    while (!is_over(deadline)) {
        zmq_msg_t event, address;
        zmq_msg_init(&event);
        zmq_msg_init(&address);
        if (call_until(zmq_msg_recv, &event, socket->monitor, 0, found ? now() : deadline) < 0)
            break;
        zmq_msg_recv(&address, socket->monitor, 0);
        uint16_t number;
        memcpy(&number, zmq_msg_data(&event), sizeof number);
        const char *name = event_name(number);
        found = found || !strcmp(name, wanted);
        json_array_append_new(events, json_string(name));
        zmq_msg_close(&event);
        zmq_msg_close(&address);
    }
    return json_pack("{s:o}", "events", events);
}
