import com.google.gson.JsonObject;
import org.zeromq.ZMQ;
import org.zeromq.ZMQ.Socket;
import org.zeromq.ZMQException;

/** What an agent answers instead of `ok`. */
final class Refusal extends RuntimeException {
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
