import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;
import org.zeromq.ZMQ.Curve;
import org.zeromq.ZMQ.Socket;

/** The ZAP handler (RFC 27), which answers in its own thread until its context ends; and CURVE keys. */
final class AgentZap {
    private static final List<String> REPLIES = List.of("300", "400", "500", "malformed");

    private volatile AgentData.Request rules;
    private final JsonArray log = new JsonArray();
    private final Socket server;
    private final int envelope; // frames before a request: a ROUTER has a routing id and the delimiter

    /** Once this returns, nobody connects unasked. */
    AgentZap(ZMQ.Context context, SocketType kind, AgentData.Request rules) {
        this.rules = checked(rules);
        envelope = kind == SocketType.ROUTER ? 2 : 0;
        server = context.socket(kind);
        try {
            server.bind("inproc://zeromq.zap.01");
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    void serve() {
        while (true) {
            List<byte[]> request = new ArrayList<>();
            do {
                request.add(server.recv());
            } while (server.hasReceiveMore());
            JsonArray seen = new JsonArray();
            request.forEach(frame -> seen.add(Data.describe(frame)));
            synchronized (log) {
                log.add(seen);
            }
            request.subList(0, envelope).forEach(server::sendMore);
            answer(request.subList(envelope, request.size()));
        }
    }

    /** Answers by these rules from now on. */
    void setRules(AgentData.Request rules) {
        this.rules = checked(rules);
    }

    private static AgentData.Request checked(AgentData.Request rules) {
        if (frames(rules) != null) {
            frames(rules).stream().filter(frame -> !frame.isJsonNull()).forEach(AgentData::bytesOf);
        } else if (rules.has("reply") && !REPLIES.contains(rules.text("reply"))) {
            throw AgentData.unsupported("reply " + rules.text("reply"));
        }
        return rules;
    }

    /** The frames of the reply that are given; null if it is not one of frames. */
    private static List<JsonElement> frames(AgentData.Request rules) {
        if (!rules.has("reply") || !rules.value("reply").isJsonArray()) {
            return null;
        }
        List<JsonElement> frames = rules.value("reply").getAsJsonArray().asList();
        if (frames.isEmpty()) {
            throw AgentData.badRequest("a reply has one frame at least");
        }
        return frames;
    }

    void close() {
        server.close();
    }

    static void curveKeypair(JsonObject ok) {
        Curve.KeyPair pair = Curve.generateKeyPair();
        ok.addProperty("public", pair.publicKey);
        ok.addProperty("secret", pair.secretKey);
    }

    JsonArray log() {
        synchronized (log) {
            return log.deepCopy();
        }
    }

    /** The frames of a request: version, id, domain, address, identity, mechanism, credentials. */
    private void answer(List<byte[]> request) {
        AgentData.Request rules = this.rules; // the same for the whole answer
        List<JsonElement> given = frames(rules);
        String fixed = rules.has("reply") && given == null ? rules.text("reply") : "";
        String user = userOf(request, rules);
        String status = !fixed.isEmpty() && !fixed.equals("malformed") ? fixed : user != null ? "200" : "400";
        String text = status.equals("200") ? "OK" : "No access";
        String name = status.equals("200") && user != null ? user : "";
        List<byte[]> own = new ArrayList<>();
        for (String frame : List.of(fixed.equals("malformed") ? "9.9" : "1.0", "", status, text, name, "")) {
            own.add(frame.getBytes(StandardCharsets.UTF_8));
        }
        own.set(1, request.get(1));
        int size = given == null ? own.size() : given.size();
        for (int i = 0; i < size; i++) {
            byte[] frame = i < own.size() ? own.get(i) : new byte[0];
            if (given != null && !given.get(i).isJsonNull()) {
                frame = AgentData.bytesOf(given.get(i));
            }
            server.send(frame, i + 1 < size ? ZMQ.SNDMORE : 0);
        }
    }

    /** Whom these credentials show; null if they are not allowed. */
    private static String userOf(List<byte[]> request, AgentData.Request rules) {
        if (!rules.has("allow") || request.size() < 6) {
            return null;
        }
        AgentData.Request allow = rules.object("allow");
        switch (text(request.get(5))) {
            case "NULL":
                return allow.has("null") && allow.flag("null") ? "anonymous" : null;
            case "PLAIN":
                String name = text(request.get(6));
                boolean known = allow.has("plain") && allow.object("plain").has(name);
                return known && allow.object("plain").text(name).equals(text(request.get(7))) ? name : null;
            case "CURVE":
                String key = Curve.z85Encode(request.get(6));
                JsonElement keys = allow.has("curve") ? allow.value("curve") : new JsonArray();
                return keys.getAsJsonArray().contains(new JsonPrimitive(key)) ? key : null;
            default:
                return null;
        }
    }

    private static String text(byte[] frame) {
        return new String(frame, StandardCharsets.UTF_8);
    }
}
