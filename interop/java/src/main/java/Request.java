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

/** A request to the agent, and what its fields mean. What is missing or of another type is a bad request. */
record Request(JsonObject fields) {
    static Request parse(String line) {
        try {
            return new Request(JsonParser.parseString(line).getAsJsonObject());
        } catch (JsonParseException | IllegalStateException e) {
            throw Refusal.badRequest("not a JSON object: " + e.getMessage());
        }
    }

    /** The number that the response repeats. */
    JsonElement id() {
        JsonElement id = fields.get("id");
        if (id == null || !id.isJsonPrimitive() || !id.getAsJsonPrimitive().isNumber()) {
            throw Refusal.badRequest("a request is an object with a number, its id");
        }
        return id;
    }

    boolean has(String field) {
        return fields.has(field) && !fields.get(field).isJsonNull();
    }

    private <T> T get(String field, Function<JsonElement, T> meaning) {
        if (!has(field)) {
            throw Refusal.badRequest("the field '" + field + "' is missing");
        }
        try {
            return meaning.apply(fields.get(field));
        } catch (IllegalStateException | UnsupportedOperationException | IllegalArgumentException e) {
            throw Refusal.badRequest("the field '" + field + "' makes no sense: " + e.getMessage());
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

    byte[] frame(String field) {
        return get(field, Request::bytes);
    }

    /** One message: its frames, at least one. */
    List<byte[]> message(String field) {
        return get(field, list -> {
            JsonArray forms = list.getAsJsonArray();
            if (forms.isEmpty()) {
                throw new IllegalArgumentException("a message has at least one frame");
            }
            List<byte[]> frames = new ArrayList<>();
            forms.forEach(form -> frames.add(bytes(form)));
            return frames;
        });
    }

    /** A frame in one of its three forms. */
    static byte[] bytes(JsonElement form) {
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
}
