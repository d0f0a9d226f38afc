import static java.util.Map.entry;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeSet;
import org.zeromq.ZMQ.Curve;
import org.zeromq.ZMQ.Socket;
import zmq.ZMQ;
import zmq.io.mechanism.Mechanisms;

/** The options of JeroMQ's sockets, by libzmq's names. XPUB_WELCOME_MSG and INVERT_MATCHING it doesn't have. */
final class AgentOptions {
    private enum Kind { INT, LONG, FLAG, INVERSE, TEXT, BYTES, KEY, READ_ONLY }

    private record Option(int code, Kind kind) {}

    private static final Map<String, Option> ALL = Map.ofEntries(
            option("LINGER", ZMQ.ZMQ_LINGER, Kind.INT),
            option("SNDHWM", ZMQ.ZMQ_SNDHWM, Kind.INT),
            option("RCVHWM", ZMQ.ZMQ_RCVHWM, Kind.INT),
            option("SNDTIMEO", ZMQ.ZMQ_SNDTIMEO, Kind.INT),
            option("RCVTIMEO", ZMQ.ZMQ_RCVTIMEO, Kind.INT),
            option("SNDBUF", ZMQ.ZMQ_SNDBUF, Kind.INT),
            option("RCVBUF", ZMQ.ZMQ_RCVBUF, Kind.INT),
            option("ROUTING_ID", ZMQ.ZMQ_IDENTITY, Kind.BYTES),
            option("ROUTER_MANDATORY", ZMQ.ZMQ_ROUTER_MANDATORY, Kind.FLAG),
            option("ROUTER_HANDOVER", ZMQ.ZMQ_ROUTER_HANDOVER, Kind.FLAG),
            option("PROBE_ROUTER", ZMQ.ZMQ_PROBE_ROUTER, Kind.FLAG),
            option("CONNECT_ROUTING_ID", ZMQ.ZMQ_CONNECT_RID, Kind.BYTES),
            option("REQ_RELAXED", ZMQ.ZMQ_REQ_RELAXED, Kind.FLAG),
            option("REQ_CORRELATE", ZMQ.ZMQ_REQ_CORRELATE, Kind.FLAG),
            // JeroMQ's "immediate" queues immediately; libzmq's waits for the connection.
            option("IMMEDIATE", ZMQ.ZMQ_IMMEDIATE, Kind.INVERSE),
            option("CONFLATE", ZMQ.ZMQ_CONFLATE, Kind.FLAG),
            option("RECONNECT_IVL", ZMQ.ZMQ_RECONNECT_IVL, Kind.INT),
            option("RECONNECT_IVL_MAX", ZMQ.ZMQ_RECONNECT_IVL_MAX, Kind.INT),
            option("HANDSHAKE_IVL", ZMQ.ZMQ_HANDSHAKE_IVL, Kind.INT),
            option("HEARTBEAT_IVL", ZMQ.ZMQ_HEARTBEAT_IVL, Kind.INT),
            option("HEARTBEAT_TTL", ZMQ.ZMQ_HEARTBEAT_TTL, Kind.INT),
            option("HEARTBEAT_TIMEOUT", ZMQ.ZMQ_HEARTBEAT_TIMEOUT, Kind.INT),
            option("MAXMSGSIZE", ZMQ.ZMQ_MAXMSGSIZE, Kind.LONG),
            option("IPV6", ZMQ.ZMQ_IPV6, Kind.FLAG),
            option("TCP_KEEPALIVE", ZMQ.ZMQ_TCP_KEEPALIVE, Kind.INT),
            option("XPUB_VERBOSE", ZMQ.ZMQ_XPUB_VERBOSE, Kind.FLAG),
            option("XPUB_VERBOSER", ZMQ.ZMQ_XPUB_VERBOSER, Kind.FLAG),
            option("XPUB_MANUAL", ZMQ.ZMQ_XPUB_MANUAL, Kind.FLAG),
            option("XPUB_NODROP", ZMQ.ZMQ_XPUB_NODROP, Kind.FLAG),
            option("PLAIN_SERVER", ZMQ.ZMQ_PLAIN_SERVER, Kind.FLAG),
            option("PLAIN_USERNAME", ZMQ.ZMQ_PLAIN_USERNAME, Kind.TEXT),
            option("PLAIN_PASSWORD", ZMQ.ZMQ_PLAIN_PASSWORD, Kind.TEXT),
            option("CURVE_SERVER", ZMQ.ZMQ_CURVE_SERVER, Kind.FLAG),
            option("CURVE_PUBLICKEY", ZMQ.ZMQ_CURVE_PUBLICKEY, Kind.KEY),
            option("CURVE_SECRETKEY", ZMQ.ZMQ_CURVE_SECRETKEY, Kind.KEY),
            option("CURVE_SERVERKEY", ZMQ.ZMQ_CURVE_SERVERKEY, Kind.KEY),
            option("ZAP_DOMAIN", ZMQ.ZMQ_ZAP_DOMAIN, Kind.TEXT),
            option("LAST_ENDPOINT", ZMQ.ZMQ_LAST_ENDPOINT, Kind.READ_ONLY),
            option("TYPE", ZMQ.ZMQ_TYPE, Kind.READ_ONLY),
            option("MECHANISM", ZMQ.ZMQ_MECHANISM, Kind.READ_ONLY),
            option("EVENTS", ZMQ.ZMQ_EVENTS, Kind.READ_ONLY));

    private AgentOptions() {}

    private static Map.Entry<String, Option> option(String name, int code, Kind kind) {
        return entry(name, new Option(code, kind));
    }

    static Iterable<String> optionNames() {
        return new TreeSet<>(ALL.keySet());
    }

    private static Option findOption(String name) {
        if (!ALL.containsKey(name)) {
            throw AgentData.unsupported("option " + name);
        }
        return ALL.get(name);
    }

    /** Sets the option {@code name} to what the field {@code field} says. */
    static void setOption(Socket socket, String name, AgentData.Request request, String field) {
        Option option = findOption(name);
        Object value = switch (option.kind) {
            case INT -> request.number(field);
            case LONG -> request.bigNumber(field);
            case FLAG -> request.flag(field);
            case INVERSE -> !request.flag(field);
            case TEXT, KEY -> request.text(field);
            // Also a plain string: most ids are.
            case BYTES -> request.value(field).isJsonObject()
                    ? request.bytesOf(field)
                    : request.text(field).getBytes(StandardCharsets.UTF_8);
            case READ_ONLY -> throw new AgentData.Refusal("EINVAL", name + " can only be read");
        };
        if (!socket.base().setSocketOpt(option.code, value)) {
            throw new AgentData.Refusal("EINVAL", name + " can't be " + request.value(field));
        }
    }

    static JsonElement getOption(Socket socket, String name) {
        Option option = findOption(name);
        Object value;
        try {
            value = socket.base().getSocketOptx(option.code);
        } catch (IllegalArgumentException e) {
            throw AgentData.unsupported("way to read " + name + ", only to set it");
        }
        if (option.kind == Kind.INVERSE) {
            value = !(Boolean) value;
        }
        if (value instanceof Number number) {
            return new JsonPrimitive(number);
        } else if (value instanceof Boolean flag) {
            return new JsonPrimitive(flag ? 1 : 0);
        } else if (value instanceof Mechanisms mechanism) {
            return new JsonPrimitive(mechanism.ordinal()); // in the order of libzmq's numbers
        } else if (value instanceof byte[] bytes && option.kind == Kind.KEY) {
            return new JsonPrimitive(Curve.z85Encode(bytes));
        } else if (value instanceof byte[] bytes) {
            return Data.describe(bytes);
        }
        return new JsonPrimitive(value == null ? "" : value.toString());
    }
}
