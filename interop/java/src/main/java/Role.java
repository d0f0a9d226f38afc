import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.zeromq.ZMQ;
import org.zeromq.ZMQ.Socket;
import org.zeromq.ZMQException;

/**
 * What the seven programs share: arguments, endpoints, events. docs/role-contract.md says what each of them
 * does and prints.
 */
final class Role {
    /**
     * Some of JeroMQ's connections stay silent after they were made (docs/findings.md). The library's own
     * limit for a handshake ends them, after 30 seconds unless it is set.
     */
    private static final int HANDSHAKE_IVL_MS = 500;

    static final boolean EVENTS = "1".equals(System.getenv("INTEROP_EVENTS"));
    /** Exchanges that this program shall do; without INTEROP_COUNT there is no end. */
    static final long COUNT = number("INTEROP_COUNT", Long.MAX_VALUE);
    /** Milliseconds between an answer and the next message. */
    static final long INTERVAL = number("INTEROP_INTERVAL_MS", 1000);

    static final long PID = ProcessHandle.current().pid();

    /** UTF-8 whatever the locale is, and flushed by us, once for each line. */
    private static final PrintStream OUT =
            new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);

    private Role() {}

    private static long number(String variable, long otherwise) {
        String value = System.getenv(variable);
        if (value == null || value.isEmpty()) {
            return otherwise;
        }
        if (!value.matches("[0-9]{1,18}")) {
            throw fail(2, variable + " must be a number, not '" + value + "'");
        }
        return Long.parseLong(value);
    }

    /** Ends the program with one line on standard error. Never returns: `throw fail(…)` tells the compiler. */
    static Error fail(int status, String reason) {
        System.err.println("java: " + reason);
        System.exit(status);
        throw new AssertionError("unreachable");
    }

    /** Reads the positional arguments. {@code parameters} are pairs: an endpoint's name, its default. */
    static String[] endpoints(String[] args, String about, String... parameters) {
        StringBuilder usage = new StringBuilder("usage: " + about.substring(0, about.indexOf(':')));
        StringBuilder help = new StringBuilder();
        String[] endpoints = new String[parameters.length / 2];
        for (int i = 0; i < endpoints.length; i++) {
            usage.append(" [").append(parameters[2 * i]).append("]");
            help.append("\n  ").append(parameters[2 * i]).append("  default: ").append(parameters[2 * i + 1]);
            endpoints[i] = i < args.length ? args[i] : parameters[2 * i + 1];
        }
        for (String arg : args) {
            if (arg.equals("-h") || arg.equals("--help")) {
                say(usage + "\n\n" + about + "\n" + help);
                System.exit(0);
            }
            if (arg.startsWith("-")) {
                throw fail(2, "unknown option '" + arg + "'; " + usage);
            }
        }
        if (args.length > endpoints.length) {
            throw fail(2, "too many arguments; " + usage);
        }
        return endpoints;
    }

    static void bind(Socket socket, String endpoint) {
        socket.setHandshakeIvl(HANDSHAKE_IVL_MS);
        open("bind", endpoint, () -> socket.bind(endpoint));
    }

    /** Only looks at the endpoint: nobody needs to be there yet. */
    static void connect(Socket socket, String endpoint) {
        socket.setHandshakeIvl(HANDSHAKE_IVL_MS);
        open("connect to", endpoint, () -> socket.connect(endpoint));
    }

    private static void open(String action, String endpoint, Runnable opening) {
        try {
            opening.run();
        } catch (RuntimeException e) { // JeroMQ has many for an endpoint that it doesn't like
            int errno = e instanceof ZMQException known ? known.getErrorCode() : 0;
            String reason = errno == 0 ? e.getMessage() : ZMQ.Error.findByCode(errno).getMessage();
            String help = errno == ZMQ.Error.EADDRINUSE.getCode()
                    ? "stop what uses it, or give another endpoint"
                    : "an endpoint looks like tcp://127.0.0.1:5555";
            throw fail(1, "cannot " + action + " '" + endpoint + "': " + reason + ": " + help);
        }
    }

    /** Receives one message; null when the socket's time limit is over. The frames of a stranger's are joined. */
    static byte[] receive(Socket socket) {
        byte[] frame = socket.recv();
        if (frame == null || !socket.hasReceiveMore()) {
            return frame;
        }
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(frame);
        while (socket.hasReceiveMore()) {
            message.writeBytes(socket.recv());
        }
        return message.toByteArray();
    }

    /** Tells a machine that all sockets are there, and where the bound ones are. */
    static void ready(Socket... bound) {
        JsonArray endpoints = new JsonArray();
        for (Socket socket : bound) {
            endpoints.add(socket.getLastEndpoint());
        }
        event("ready", "endpoints", endpoints);
    }

    /** Reports what became of a message to a machine. */
    static void report(String event, byte[] data) {
        if (EVENTS) { // or the digest would be for nobody
            event(event, "data", Data.describe(data));
        }
    }

    /** Reports it to a machine, or to a person in a sentence with {pid} and {data}. */
    static void report(String event, byte[] data, String sentence) {
        report(event, data);
        if (!EVENTS) {
            say(sentence.replace("{pid}", Long.toString(PID)).replace("{data}", Data.show(data)));
        }
    }

    private static void event(String name, String field, JsonElement value) {
        if (!EVENTS) {
            return;
        }
        JsonObject event = new JsonObject();
        event.addProperty("event", name);
        event.addProperty("pid", PID);
        event.add(field, value);
        say(event.toString());
    }

    private static void say(String line) {
        OUT.print(line + "\n");
        if (OUT.checkError()) { // flushes
            Runtime.getRuntime().halt(141); // nobody reads any more: as if SIGPIPE had ended us
        }
    }
}
