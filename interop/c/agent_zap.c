/* The ZAP handler (RFC 27), a thread that answers whom libzmq may let in; and CURVE keys. */
#include "agent.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

enum {
    FRAMES = 16, /* of a request; 6, and one for each credential: PLAIN has two */
    FRAMES_OF_REPLY = 6,
};

static pthread_t thread;
static bool running;
static void *handler; /* the thread's own */
static int envelope;  /* frames before a request: a ROUTER has a routing id and the delimiter */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards these two */
static json_t *rules, *requests;

static bool same(zmq_msg_t *frame, const char *text)
{
    return zmq_msg_size(frame) == strlen(text) && !memcmp(zmq_msg_data(frame), text, strlen(text));
}

/* Writes the user id of whom the rules let in. False: they let nobody like this in. */
static bool user_of(zmq_msg_t *request, int count, char *user, size_t room)
{
    json_t *allow = json_object_get(rules, "allow");
    zmq_msg_t *mechanism = &request[5], *credential = &request[6];
    if (same(mechanism, "NULL") && json_is_true(json_object_get(allow, "null"))) {
        snprintf(user, room, "anonymous");
        return true;
    }
    if (same(mechanism, "PLAIN") && count == 8) {
        const char *name;
        json_t *password;
        json_object_foreach(json_object_get(allow, "plain"), name, password) {
            if (same(&credential[0], name) && json_is_string(password) &&
                same(&credential[1], json_string_value(password))) {
                snprintf(user, room, "%s", name);
                return true;
            }
        }
    }
    if (same(mechanism, "CURVE") && count == 7 && zmq_msg_size(credential) == 32) {
        size_t i;
        json_t *key;
        zmq_z85_encode(user, zmq_msg_data(credential), 32);
        json_array_foreach(json_object_get(allow, "curve"), i, key) {
            if (json_is_string(key) && !strcmp(json_string_value(key), user))
                return true;
        }
    }
    return false;
}

static void send_frame(zmq_msg_t *frame, bool more)
{
    zmq_msg_send(frame, handler, more ? ZMQ_SNDMORE : 0);
    zmq_msg_close(frame);
}

/* Sends the reply: frames that are given, and in place of null those of the rules. */
static void answer(zmq_msg_t *request, int count)
{
    const char *version = "1.0", *status = "400", *text = "Authentication failure";
    char user[256] = "";
    json_t *reply = json_object_get(rules, "reply");
    const char *forced = json_string_value(reply);
    if (forced && !strcmp(forced, "malformed")) {
        version = "2.0";
        status = "200";
        text = "OK";
    } else if (forced) {
        status = forced;
        text = "not allowed";
    } else if (count >= 6 && user_of(request, count, user, sizeof user)) {
        status = "200";
        text = "OK";
    }
    if (strcmp(status, "200"))
        *user = '\0';
    const char *own[FRAMES_OF_REPLY] = {version, NULL, status, text, user, ""};
    size_t frames = json_is_array(reply) ? json_array_size(reply) : FRAMES_OF_REPLY;
    for (size_t i = 0; i < frames; i++) {
        zmq_msg_t frame;
        json_t *given = json_array_get(reply, i);
        if (given && !json_is_null(given)) {
            bytes_of(given, &frame);
        } else if (i == 1) {
            zmq_msg_init(&frame);
            zmq_msg_copy(&frame, &request[1]);
        } else {
            const char *mine = i < FRAMES_OF_REPLY ? own[i] : "";
            zmq_msg_init_size(&frame, strlen(mine));
            memcpy(zmq_msg_data(&frame), mine, strlen(mine));
        }
        send_frame(&frame, i + 1 < frames);
    }
}

/* Answers until the context is shut down. */
static void *serve(void *nothing)
{
    for (;;) {
        zmq_msg_t request[FRAMES];
        int count = 0;
        do
            zmq_msg_init(&request[count]);
        while (zmq_msg_recv(&request[count], handler, 0) >= 0 && zmq_msg_more(&request[count++]) &&
               count < FRAMES);
        if (!count)
            break;
        pthread_mutex_lock(&lock);
        json_t *frames = json_array();
        for (int i = 0; i < count; i++)
            json_array_append_new(frames,
                                  describe(zmq_msg_data(&request[i]), zmq_msg_size(&request[i])));
        json_array_append_new(requests, frames);
        if (count > envelope + 1) {
            for (int i = 0; i < envelope; i++)
                send_frame(&request[i], true);
            answer(request + envelope, count - envelope);
        }
        pthread_mutex_unlock(&lock);
        while (count)
            zmq_msg_close(&request[--count]);
    }
    zmq_close(handler);
    return nothing;
}

/* A reply that can be given, or none. False: refused. */
static bool can_reply(json_t *reply)
{
    size_t i;
    json_t *frame;
    if (json_is_array(reply)) {
        if (!json_array_size(reply))
            return refuse("bad-request", "a reply has one frame at least");
        json_array_foreach(reply, i, frame) {
            zmq_msg_t bytes;
            if (!json_is_null(frame) && !bytes_of(frame, &bytes))
                return false;
            if (!json_is_null(frame))
                zmq_msg_close(&bytes);
        }
        return true;
    }
    const char *name = json_string_value(reply);
    if (!reply || (name && (!strcmp(name, "300") || !strcmp(name, "400") ||
                            !strcmp(name, "500") || !strcmp(name, "malformed"))))
        return true;
    return refuse("unsupported", "no reply %s", name ? name : "of that form");
}

static json_t *set_rules(json_t *request, int kind)
{
    if (!can_reply(json_object_get(request, "reply")))
        return NULL;
    if (!running) {
        needs_new_context = true;
        handler = zmq_socket(context, kind);
        envelope = kind == ZMQ_ROUTER ? 2 : 0;
        if (!handler)
            return refuse_errno();
        if (set_int(handler, ZMQ_LINGER, 0) ||
            zmq_bind(handler, "inproc://zeromq.zap.01")) {
            refuse_errno();
            zmq_close(handler);
            return NULL;
        }
    }
    pthread_mutex_lock(&lock);
    json_decref(rules);
    rules = json_deep_copy(request);
    if (!requests)
        requests = json_array();
    pthread_mutex_unlock(&lock);
    if (!running && (errno = pthread_create(&thread, NULL, serve, NULL)))
        return refuse_errno();
    running = true;
    return json_object();
}

json_t *op_zap(json_t *request)
{
    return set_rules(request, ZMQ_REP);
}

json_t *op_zap_router(json_t *request)
{
    return set_rules(request, ZMQ_ROUTER);
}

json_t *op_zap_log(json_t *request)
{
    (void)request;
    pthread_mutex_lock(&lock);
    json_t *copy = requests ? json_deep_copy(requests) : json_array();
    pthread_mutex_unlock(&lock);
    return json_pack("{s:o}", "requests", copy);
}

void zap_join(void)
{
    if (running)
        pthread_join(thread, NULL);
    running = false;
    json_decref(rules);
    json_decref(requests);
    rules = requests = NULL;
}

json_t *op_curve_keypair(json_t *request)
{
    (void)request;
    char public[41], secret[41];
    if (!zmq_has("curve"))
        return refuse("unsupported", "this libzmq is built without CURVE");
    if (zmq_curve_keypair(public, secret))
        return refuse_errno();
    return json_pack("{s:s, s:s}", "public", public, "secret", secret);
}
