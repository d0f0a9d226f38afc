/* agent: has sockets, and does with them what it is told. docs/agent-contract.md is its contract.
   Here are the main loop, the table of the ops, hello and errors. */
#include "agent.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"

static char **arguments;
static bool leaving;

static json_t *op_hello(json_t *request)
{
    (void)request;
    int major, minor, patch;
    char version[40];
    zmq_version(&major, &minor, &patch);
    snprintf(version, sizeof version, "%d.%d.%d", major, minor, patch);
    json_t *hello = json_pack(
        "{s:i, s:i, s:s, s:s, s:s, s:s, s:[sss], s:o, s:o, s:[ss], s:[ss], s:[ssssssssss]}", "contract", 1,
        "pid", (int)getpid(),
        "language", "C", "interpreter", COMPILER, "binding", "libzmq", "libzmq", version, "zmtp",
        "1.0", "2.0", "3.0", "socket_types", socket_types(), "options", option_names(), "mechanisms", "NULL",
        "PLAIN", "transports", "tcp", "inproc", "features", "proxy", "monitor", "zap", "poll",
        "disconnect", "unbind", "count", "zap-reply", "zap-router", "property");
    if (ZMQ_MAKE_VERSION(major, minor, patch) >= ZMQ_MAKE_VERSION(4, 3, 3))
        json_array_append_new(json_object_get(hello, "zmtp"), json_string("3.1"));
    if (zmq_has("curve"))
        json_array_append_new(json_object_get(hello, "mechanisms"), json_string("CURVE"));
    if (zmq_has("ipc"))
        json_array_append_new(json_object_get(hello, "transports"), json_string("ipc"));
    return hello;
}

static char *input;             /* what was read of standard input, */
static size_t answered, filled; /* how much of that is answered, and how much there is */

/* This process becomes a new agent, which goes on where this one stops: it gets the response, and
   what is read already. Nothing in libzmq ends a closed socket that lingers. */
static void restart(json_t *request)
{
    json_t *id = json_object_get(request, "id");
    json_t *response = json_pack("{s:O, s:{}}", "id", id ? id : json_null(), "ok");
    execvp(arguments[0], (char *[]){arguments[0], json_dumps(response, JSON_COMPACT),
                                    input + answered, NULL});
    perror(arguments[0]);
    exit(1);
}

static json_t *op_reset(json_t *request)
{
    reset_sockets();
    if (lingering)
        restart(request);
    if (!context)
        context = zmq_ctx_new();
    return json_object();
}

static json_t *op_exit(json_t *request)
{
    (void)request;
    leaving = true;
    return json_object();
}

/* ---- the conversation ---- */

static json_t *perform(json_t *request)
{
    static const struct {
        const char *name;
        json_t *(*op)(json_t *);
    } OPS[] = {
#define OP(name) {#name, op_##name}
        OP(hello),     OP(socket),      OP(set),     OP(get),     OP(bind),  OP(unbind),
        OP(connect),   OP(disconnect),  OP(send),    OP(recv),    OP(poll),  OP(subscribe),
        OP(monitor),   OP(unsubscribe), OP(events),  OP(proxy),   OP(zap),   OP(zap_log),
        OP(close),     OP(reset),       OP(exit),    OP(curve_keypair),
        OP(zap_router), OP(recv_property),
    };
    const char *wanted = json_string_value(json_object_get(request, "op"));
    if (!wanted)
        return refuse("bad-request", "a request has an op");
    for (size_t i = 0; i < sizeof OPS / sizeof *OPS; i++)
        if (!strcmp(OPS[i].name, wanted))
            return OPS[i].op(request);
    return refuse("unsupported", "no op %s", wanted);
}

static void answer(const char *text, size_t size)
{
    json_t *request = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
    json_t *id = json_object_get(request, "id");
    bool known = json_is_number(id);
    json_t *ok = known ? perform(request)
                       : refuse("bad-request", "a request is an object with a number, its id");
    json_t *response = json_pack("{s:O}", "id", known ? id : json_null());
    json_object_set_new(response, ok ? "ok" : "error", ok ? ok : refusal);
    if (!ok)
        refusal = NULL;
    json_dumpf(response, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(response);
    json_decref(request);
}

static bool read_more(void)
{
    static size_t room;
    memmove(input, input + answered, filled -= answered);
    answered = 0;
    if (filled + 1 >= room && !(input = realloc(input, room = 2 * filled + 65536)))
        return false;
    ssize_t count = read(STDIN_FILENO, input + filled, room - filled - 1);
    if (count <= 0)
        return false;
    input[filled += count] = '\0';
    return true;
}

/* Answers line after line until standard input ends. */
static void converse(void)
{
    while (!leaving) {
        char *line = input + answered;
        char *end = memchr(line, '\n', filled - answered);
        if (end) {
            answered += end + 1 - line;
            answer(line, end - line);
        } else if (!read_more()) {
            break;
        }
    }
}

int main(int argc, char **argv)
{
    arguments = argv;
    context = zmq_ctx_new();
    input = strdup(argc > 2 ? argv[2] : ""); /* see restart */
    filled = strlen(input);
    if (argc > 1) {
        puts(argv[1]);
        fflush(stdout);
    }
    converse();
    needs_new_context = true;
    reset_sockets();
}
