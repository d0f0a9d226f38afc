#include "role.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "digest.h"

enum {
    RESEND_AFTER = 1000, /* milliseconds until a client sends again */
    SHOWN = 1024,    /* bytes of a message that are shown */
};

static bool events;
static long count, interval;

void fail(int status, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("c: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    exit(status);
}

static long number(const char *variable, long otherwise)
{
    const char *value = getenv(variable);
    if (!value || !*value)
        return otherwise;
    char *end;
    errno = 0;
    long parsed = strtol(value, &end, 10);
    if (*end || errno || parsed < 0)
        fail(2, "%s must be a number, not '%s'", variable, value);
    return parsed;
}

void start(int argc, char **argv, const char *about, int most, const char *names[],
           const char *endpoints[])
{
    bool help = argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"));
    if (help || argc - 1 > most) {
        FILE *out = help ? stdout : stderr;
        fprintf(out, "usage: %s", argv[0]);
        for (int i = 0; i < most; i++)
            fprintf(out, " [%s]", names[i]);
        fprintf(out, "\n\n%s\n\n", about);
        for (int i = 0; i < most; i++)
            fprintf(out, "  %-10s default: %s\n", names[i], endpoints[i]);
        exit(help ? 0 : 2);
    }
    for (int i = 1; i < argc; i++)
        endpoints[i - 1] = argv[i];

    const char *wanted = getenv("INTEROP_EVENTS");
    events = wanted && !strcmp(wanted, "1");
    count = number("INTEROP_COUNT", LONG_MAX);
    interval = number("INTEROP_INTERVAL_MS", 1000);
}

long exchanges(void)
{
    return count;
}

void pause_between(void)
{
    nanosleep(&(struct timespec){interval / 1000, interval % 1000 * 1000000}, NULL);
}

/* Everything printed is flushed at once; a reader that has gone ends the program. */
static void flush(void)
{
    if (fflush(stdout))
        fail(1, "standard output: %s", strerror(errno));
}

/* How many bytes the UTF-8 character at `bytes` has; 0 if there is none. */
static size_t utf8_length(const unsigned char *bytes, size_t size)
{
    unsigned char first = bytes[0];
    if (first < 0x80)
        return 1;
    size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length > size)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    /* After these first bytes not every second byte is allowed: forms that are longer than needed,
       surrogates, and what is beyond U+10FFFF. */
    if (length > 2) {
        unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (bytes[1] < low || bytes[1] > high)
            return 0;
    }
    return length;
}

/* Shows bytes to a person, so that they can't disturb the terminal. */
static const char *shown(const unsigned char *data, size_t size)
{
    static char text[4 * SHOWN + 40];
    char *out = text;
    size_t end = size < SHOWN ? size : SHOWN;
    for (size_t i = 0; i < end;) {
        size_t length = utf8_length(data + i, end - i);
        if (!length || data[i] < 0x20 || data[i] == 0x7f) {
            out += sprintf(out, "\\x%02x", data[i++]);
        } else {
            memcpy(out, data + i, length);
            out += length;
            i += length;
        }
    }
    if (size > SHOWN)
        out += sprintf(out, "... (%zu bytes)", size);
    *out = '\0';
    return text;
}

void report(const char *event, const void *data, size_t size, const char *sentence)
{
    if (events) {
        char digest[SHA1_DIGITS + 1], digits[2 * SHOWN + 1];
        printf("{\"event\":\"%s\",\"pid\":%d,\"data\":{\"size\":%zu,\"sha1\":\"%s\"", event, getpid(),
               size, sha1(data, size, digest));
        if (size <= SHOWN)
            printf(",\"hex\":\"%s\"", hex(data, size, digits));
        puts("}}");
        flush();
    } else if (sentence) {
        printf(sentence, shown(data, size), getpid());
        putchar('\n');
        flush();
    }
}

void ready(int bound_count, void *bound[])
{
    if (!events)
        return;
    printf("{\"event\":\"ready\",\"pid\":%d,\"endpoints\":[", getpid());
    for (int i = 0; i < bound_count; i++) {
        char endpoint[512];
        size_t size = sizeof endpoint;
        if (zmq_getsockopt(bound[i], ZMQ_LAST_ENDPOINT, endpoint, &size))
            fail(1, "%s", zmq_strerror(errno));
        printf("%s\"%s\"", i ? "," : "", endpoint);
    }
    puts("]}");
    flush();
}

static const char *hint(int reason)
{
    switch (reason) {
    case EADDRINUSE:
        return ": stop what uses it, or give another endpoint";
    case EINVAL:
    case ENODEV:
    case EPROTONOSUPPORT:
        return ": an endpoint looks like tcp://127.0.0.1:5555";
    default:
        return "";
    }
}

static void *new_socket(void *context, int type)
{
    void *socket = zmq_socket(context, type);
    if (!socket)
        fail(1, "%s", zmq_strerror(errno));
    return socket;
}

void *bind_new(void *context, int type, const char *endpoint)
{
    void *socket = new_socket(context, type);
    if (zmq_bind(socket, endpoint))
        fail(1, "cannot bind %s: %s%s", endpoint, zmq_strerror(errno), hint(errno));
    return socket;
}

static void connect_to(void *socket, const char *endpoint)
{
    if (zmq_connect(socket, endpoint))
        fail(1, "cannot connect to %s: %s%s", endpoint, zmq_strerror(errno), hint(errno));
}

void *connect_new(void *context, int type, const char *endpoint)
{
    void *socket = new_socket(context, type);
    connect_to(socket, endpoint);
    return socket;
}

static void set(void *socket, int option, int value)
{
    if (zmq_setsockopt(socket, option, &value, sizeof value))
        fail(1, "%s", zmq_strerror(errno));
}

void *connect_client(void *context, const char *endpoint)
{
    void *socket = new_socket(context, ZMQ_REQ);
    set(socket, ZMQ_REQ_RELAXED, 1);   /* may send again although no answer came, */
    set(socket, ZMQ_REQ_CORRELATE, 1); /* and then drops the answers to all earlier sendings */
    /* A request that can't leave waits in the queue of its dead connection. With room for one, the
       next server gets one stale request, not all of them; a full queue makes send wait, hence a
       time limit on both. (ZMQ_IMMEDIATE, which queues nothing for an absent server, also drops an
       answer that came just before its server left.) */
    set(socket, ZMQ_SNDHWM, 1);
    set(socket, ZMQ_SNDTIMEO, RESEND_AFTER);
    set(socket, ZMQ_RCVTIMEO, RESEND_AFTER);
    set(socket, ZMQ_LINGER, 0); /* a client that stops doesn't wait for an absent server */
    connect_to(socket, endpoint);
    return socket;
}

/* Adds a frame's bytes to a message. */
static void join(zmq_msg_t *message, zmq_msg_t *frame)
{
    size_t size = zmq_msg_size(message), more = zmq_msg_size(frame);
    zmq_msg_t joined;
    if (zmq_msg_init_size(&joined, size + more))
        fail(1, "%s", zmq_strerror(errno));
    memcpy(zmq_msg_data(&joined), zmq_msg_data(message), size);
    memcpy((char *)zmq_msg_data(&joined) + size, zmq_msg_data(frame), more);
    zmq_msg_move(message, &joined);
    zmq_msg_close(&joined);
}

/* The contract's messages have one frame; the frames of a stranger's are joined. */
static int receive_whole(void *socket, zmq_msg_t *message)
{
    zmq_msg_init(message);
    if (zmq_msg_recv(message, socket, 0) < 0)
        return -1;
    for (int more = zmq_msg_more(message); more;) {
        zmq_msg_t rest;
        zmq_msg_init(&rest);
        if (zmq_msg_recv(&rest, socket, 0) < 0)
            return -1;
        more = zmq_msg_more(&rest);
        join(message, &rest);
        zmq_msg_close(&rest);
    }
    return 0;
}

void receive(void *socket, zmq_msg_t *message)
{
    if (receive_whole(socket, message))
        fail(1, "cannot receive: %s", zmq_strerror(errno));
}

void transmit(void *socket, const void *data, size_t size)
{
    if (zmq_send(socket, data, size, 0) < 0)
        fail(1, "cannot send: %s", zmq_strerror(errno));
}

void ask(void *client, const void *data, size_t size, zmq_msg_t *answer)
{
    while (zmq_send(client, data, size, 0) < 0 || receive_whole(client, answer)) {
        if (errno != EAGAIN)
            fail(1, "cannot ask: %s", zmq_strerror(errno));
        report("resent", data, size, NULL);
        if (!events)
            fprintf(stderr, "c (pid=%d): no answer for %d s, sending again\n", getpid(),
                    RESEND_AFTER / 1000);
    }
}
