/* What requests and responses consist of: frames as JSON, and refusals. */
#include "agent.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "digest.h"

enum { HEX_UP_TO = 1024 };

json_t *refusal;

json_t *refuse(const char *code, const char *format, ...)
{
    char message[512];
    va_list values;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    json_decref(refusal);
    refusal = json_pack("{s:s, s:s}", "code", code, "message", message);
    return NULL;
}

json_t *refuse_errno(void)
{
    static const struct {
        int number;
        const char *name;
    } CODES[] = {
#define CODE(name) {name, #name}
        CODE(EAGAIN),         CODE(EFSM),     CODE(EHOSTUNREACH), CODE(EADDRINUSE),
        CODE(EADDRNOTAVAIL),  CODE(EINVAL),   CODE(ENOTSUP),      CODE(ENODEV),
        CODE(ENOENT),         CODE(ENOTSOCK), CODE(ETERM),        CODE(EMFILE),
        CODE(ENOMEM),         CODE(EACCES),   CODE(ENAMETOOLONG), CODE(EFAULT),
        CODE(ENOCOMPATPROTO), CODE(EMTHREAD), {EPROTONOSUPPORT, "unsupported"},
    };
    const char *code = "other";
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
        if (CODES[i].number == errno)
            code = CODES[i].name;
    return refuse(code, "%s", zmq_strerror(errno));
}

json_t *done(int result)
{
    return result ? refuse_errno() : json_object();
}

json_t *describe(const void *data, size_t size)
{
    char digest[SHA1_DIGITS + 1], digits[2 * HEX_UP_TO + 1];
    json_t *described =
        json_pack("{s:I, s:s}", "size", (json_int_t)size, "sha1", sha1(data, size, digest));
    if (size <= HEX_UP_TO)
        json_object_set_new(described, "hex", json_string(hex(data, size, digits)));
    return described;
}

static bool read_hex(const char *digits, size_t count, unsigned char *bytes)
{
    for (size_t i = 0; i < count; i++) {
        const char *all = "0123456789abcdef0123456789ABCDEF";
        const char *digit = digits[i] ? strchr(all, digits[i]) : NULL;
        if (!digit)
            return false;
        bytes[i / 2] = (unsigned char)(bytes[i / 2] << 4 | (digit - all) % 16);
    }
    return true;
}

bool bytes_of(json_t *described, zmq_msg_t *frame)
{
    const char *text;
    size_t length;
    json_int_t size, seed;
    if (!json_unpack(described, "{s:s%}", "text", &text, &length)) {
        zmq_msg_init_size(frame, length);
        memcpy(zmq_msg_data(frame), text, length);
        return true;
    }
    if (!json_unpack(described, "{s:s%}", "hex", &text, &length)) {
        zmq_msg_init_size(frame, length / 2);
        if (length % 2 == 0 && read_hex(text, length, zmq_msg_data(frame)))
            return true;
        zmq_msg_close(frame);
    } else if (!json_unpack(described, "{s:{s:I, s:I}}", "fill", "size", &size, "seed", &seed) &&
               size >= 0 && seed >= 0 && !zmq_msg_init_size(frame, (size_t)size)) {
        unsigned char *bytes = zmq_msg_data(frame);
        for (json_int_t i = 0; i < size; i++)
            bytes[i] = (unsigned char)((seed + i) % 251);
        return true;
    }
    refuse("bad-request", "a frame is {\"hex\"}, {\"text\"} or {\"fill\":{\"size\",\"seed\"}}");
    return false;
}
