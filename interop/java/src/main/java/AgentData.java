import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.zeromq.ZMQ;
import org.zeromq.ZMQ.Socket;
import org.zeromq.ZMQException;

/** What the agent's requests and responses consist of: fields, frames as JSON, and refusals. */
final class AgentData {
    private AgentData() {}

    /** The bytes that a request describes. */
    static byte[] bytesOf(JsonElement form) {
        Request frame = new Request(form.getAsJsonObject());
        if (frame.has("hex")) {
            return HexFormat.of().parseHex(frame.text("hex"));
        }
        if (frame.has("text")) {
            return frame.text("text").getBytes(StandardCharsets.UTF_8);
        }
        Request fill = frame.object("fill");
        byte[] bytes = new byte[fill.number("size")];
        int seed = fill.number("seed");
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ((seed + i) % 251);
        }
        return bytes;
    }

    /** For what JeroMQ answers with false: its errno says why. */
    static void check(boolean done, Socket socket) {
        if (!done) {
            throw new ZMQException(socket.errno());
        }
    }

    static Refusal unsupported(String what) {
        return new Refusal("unsupported", "JeroMQ has no " + what);
    }

    static Refusal badRequest(String message) {
        return new Refusal("bad-request", message);
    }

    /** A request to the agent, and what its fields mean. What is missing or of another type is a bad request. */
    record Request(JsonObject fields) {
        static Request parse(String line) {
            try {
                return new Request(JsonParser.parseString(line).getAsJsonObject());
            } catch (JsonParseException | IllegalStateException e) {
                throw badRequest("not a JSON object: " + e.getMessage());
            }
        }

        /** The number that the response repeats. */
        JsonElement id() {
            JsonElement id = fields.get("id");
            if (id == null || !id.isJsonPrimitive() || !id.getAsJsonPrimitive().isNumber()) {
                throw badRequest("a request is an object with a number, its id");
            }
            return id;
        }

        boolean has(String field) {
            return fields.has(field) && !fields.get(field).isJsonNull();
        }

        private <T> T get(String field, Function<JsonElement, T> meaning) {
            if (!has(field)) {
                throw badRequest("the field '" + field + "' is missing");
            }
            try {
                return meaning.apply(fields.get(field));
            } catch (IllegalStateException | UnsupportedOperationException | IllegalArgumentException e) {
                throw badRequest("the field '" + field + "' makes no sense: " + e.getMessage());
            }
        }

        String text(String field) {
            return get(field, JsonElement::getAsString);
        }

        int number(String field) {
            return get(field, JsonElement::getAsInt);
        }

        long bigNumber(String field) {
            return get(field, JsonElement::getAsLong);
        }

        boolean flag(String field) {
            return get(field, value -> value.getAsJsonPrimitive().isBoolean()
                    ? value.getAsBoolean()
                    : value.getAsInt() != 0);
        }

        /** Any other object in a request. */
        Request object(String field) {
            return new Request(get(field, JsonElement::getAsJsonObject));
        }

        JsonElement value(String field) {
            return get(field, value -> value);
        }

        byte[] bytesOf(String field) {
            return get(field, AgentData::bytesOf);
        }

        /** One message: its frames, at least one. */
        List<byte[]> message(String field) {
            return get(field, list -> {
                JsonArray forms = list.getAsJsonArray();
                if (forms.isEmpty()) {
                    throw new IllegalArgumentException("a message has at least one frame");
                }
                List<byte[]> frames = new ArrayList<>();
                forms.forEach(form -> frames.add(AgentData.bytesOf(form)));
                return frames;
            });
        }
    }

    /** What an agent answers instead of `ok`. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String code;
        private final Integer sent; // null where nothing was to be sent

        private Refusal(String code, String message, Integer sent) {
            super(message);
            this.code = code;
            this.sent = sent;
        }

        Refusal(String code, String message) {
            this(code, message, null);
        }

        /** JeroMQ has errno and an exception for it, but also Java's own ways to complain. */
        static Refusal of(RuntimeException e) {
            if (e instanceof Refusal refusal) {
                return refusal;
            } else if (e instanceof ZMQException known) {
                ZMQ.Error error = ZMQ.Error.findByCode(known.getErrorCode());
                return new Refusal(error.name(), error.getMessage());
            } else if (e instanceof IllegalArgumentException || e instanceof IllegalStateException) {
                return new Refusal("EINVAL", String.valueOf(e.getMessage()));
            } else if (e instanceof UnsupportedOperationException) {
                return new Refusal("ENOTSUP", "not with a socket of this type");
            }
            return new Refusal("other", e.toString());
        }

        /** The same, after so many messages were sent. */
        Refusal after(int sent) {
            return new Refusal(code, getMessage(), sent);
        }

        JsonObject toJson() {
            JsonObject error = new JsonObject();
            error.addProperty("code", code);
            error.addProperty("message", getMessage());
            if (sent != null) {
                error.addProperty("sent", sent);
            }
            return error;
        }
    }
}
