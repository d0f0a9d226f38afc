import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;
import org.zeromq.ZMQ.Curve;
import org.zeromq.ZMQ.Poller;
import org.zeromq.ZMQ.Socket;
import org.zeromq.ZMQException;

/** agent: holds JeroMQ's sockets and does with them what docs/agent-contract.md says. */
final class Agent {
    private static final List<String> TYPES = List.of(
            "REQ", "REP", "DEALER", "ROUTER", "PUB", "SUB", "XPUB", "XSUB", "PUSH", "PULL", "PAIR");
    private static final List<String> TRANSPORTS = List.of("tcp", "ipc", "inproc");
    /** Milliseconds that a reset gives the old context; it takes a few. */
    private static final int PATIENCE = 2000;

    private ZMQ.Context context = ZMQ.context(1);
    private final Map<String, Socket> sockets = new HashMap<>();
    private final Map<Socket, BlockingQueue<String>> monitors = new HashMap<>();
    private Zap zap;

    public static void main(String[] args) throws IOException {
        Agent agent = new Agent();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        System.setOut(System.err); // where JeroMQ 0.6.0 says "PLAIN Client I: invalid handshake command"
        for (String line; (line = in.readLine()) != null;) {
            JsonObject response = new JsonObject();
            String op = agent.answer(line, response);
            out.println(response);
            if (out.checkError() || op.equals("exit")) { // the former flushes
                break;
            }
        }
        System.exit(0); // whatever still lingers
    }

    /** Fills the response to {@code line}, and says which op it was. */
    private String answer(String line, JsonObject response) {
        response.add("id", JsonNull.INSTANCE);
        String op = "";
        try {
            Request request = Request.parse(line);
            response.add("id", request.id());
            op = request.text("op");
            response.add("ok", perform(op, request));
        } catch (RuntimeException e) {
            response.add("error", Refusal.of(e).toJson());
        }
        return op;
    }

    private JsonObject perform(String op, Request request) {
        JsonObject ok = new JsonObject();
        switch (op) {
            case "hello" -> hello(ok);
            case "socket" -> open(request);
            case "set" -> Options.set(socket(request), request.text("option"), request, "value");
            case "get" -> ok.add("value", Options.get(socket(request), request.text("option")));
            case "bind" -> {
                socket(request).bind(endpoint(request));
                ok.addProperty("endpoint", socket(request).getLastEndpoint());
            }
            case "connect" -> socket(request).connect(endpoint(request));
            case "unbind" -> Refusal.check(socket(request).unbind(endpoint(request)), socket(request));
            case "disconnect" -> Refusal.check(socket(request).disconnect(endpoint(request)), socket(request));
            case "send" -> ok.addProperty("sent", Messages.send(socket(request), request));
            case "recv" -> Messages.receive(socket(request), request, ok);
            case "subscribe" -> Refusal.check(socket(request).subscribe(request.frame("topic")), socket(request));
            case "unsubscribe" -> Refusal.check(socket(request).unsubscribe(request.frame("topic")), socket(request));
            case "poll" -> ok.addProperty("ready", poll(request));
            case "monitor" -> monitor(socket(request));
            case "events" -> ok.add("events", events(request));
            case "proxy" -> proxy(request);
            case "zap" -> {
                if (zap == null) {
                    Zap handler = new Zap(context, request);
                    zap = handler;
                    inBackground(handler::serve, handler::close);
                }
                zap.obey(request);
            }
            case "zap_log" -> ok.add("requests", zap == null ? new JsonArray() : zap.log());
            case "curve_keypair" -> {
                Curve.KeyPair pair = Curve.generateKeyPair();
                ok.addProperty("public", pair.publicKey);
                ok.addProperty("secret", pair.secretKey);
            }
            case "close" -> close(socket(request));
            case "reset" -> reset();
            case "exit" -> { }
            default -> throw new Refusal("unsupported", "there is no op '" + op + "'");
        }
        return ok;
    }

    private static void hello(JsonObject ok) {
        ok.addProperty("contract", 1);
        Versions.describe().entrySet().forEach(version -> ok.add(version.getKey(), version.getValue()));
        Map.of("zmtp", List.of("1.0", "2.0", "3.0"), "socket_types", TYPES, "options", Options.names(),
                "mechanisms", List.of("NULL", "PLAIN", "CURVE"), "transports", TRANSPORTS,
                "features", List.of("proxy", "monitor", "zap", "poll", "disconnect", "unbind", "count"))
                .forEach((name, list) -> ok.add(name, new Gson().toJsonTree(list)));
    }

    private Socket socket(Request request) {
        return named(request.text("socket"));
    }

    private Socket named(String name) {
        if (!sockets.containsKey(name)) {
            throw Refusal.badRequest("there is no socket '" + name + "'");
        }
        return sockets.get(name);
    }

    private static String endpoint(Request request) {
        String endpoint = request.text("endpoint");
        int end = endpoint.indexOf("://");
        if (end > 0 && !TRANSPORTS.contains(endpoint.substring(0, end))) {
            throw Refusal.unsupported("transport " + endpoint.substring(0, end));
        }
        return endpoint;
    }

    private void open(Request request) {
        String name = request.text("socket");
        String type = request.text("type");
        if (sockets.containsKey(name)) {
            throw Refusal.badRequest("there is a socket '" + name + "' already");
        }
        if (!TYPES.contains(type)) {
            throw Refusal.unsupported("socket type " + type);
        }
        Socket socket = context.socket(SocketType.valueOf(type));
        try {
            socket.setLinger(0);
            if (request.has("options")) {
                Request options = request.object("options");
                options.fields().keySet().forEach(option -> Options.set(socket, option, options, option));
            }
            sockets.put(name, socket);
        } finally {
            if (!sockets.containsKey(name)) {
                socket.close();
            }
        }
    }

    private boolean poll(Request request) {
        int events = switch (request.text("events")) {
            case "in" -> Poller.POLLIN;
            case "out" -> Poller.POLLOUT;
            default -> throw Refusal.badRequest("events is 'in' or 'out'");
        };
        try (Poller poller = context.poller(1)) {
            poller.register(socket(request), events);
            return poller.poll(Deadline.of(request, -1).left()) > 0;
        }
    }

    private void monitor(Socket socket) {
        BlockingQueue<String> kept = new LinkedBlockingQueue<>();
        if (monitors.putIfAbsent(socket, kept) == null) {
            Refusal.check(socket.setEventHook(event -> kept.add(event.getEvent().name()), ZMQ.EVENT_ALL), socket);
        }
    }

    private JsonArray events(Request request) {
        BlockingQueue<String> kept = monitors.get(socket(request));
        if (kept == null) {
            throw Refusal.badRequest("'" + request.text("socket") + "' is not monitored");
        }
        String until = request.has("until") ? request.text("until") : null;
        Deadline deadline = Deadline.of(request, -1);
        JsonArray events = new JsonArray();
        try {
            String event;
            while ((event = kept.poll(until == null ? 0 : deadline.left(), TimeUnit.MILLISECONDS)) != null) {
                events.add(event);
                if (event.equals(until)) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return events;
    }

    private void proxy(Request request) {
        Socket frontend = named(request.text("frontend"));
        Socket backend = named(request.text("backend"));
        sockets.values().removeAll(List.of(frontend, backend));
        frontend.setLinger(0); // from now on only a reset closes them
        backend.setLinger(0);
        inBackground(() -> ZMQ.proxy(frontend, backend, null), () -> {
            frontend.close();
            backend.close();
        });
    }

    /** Lets {@code work} go on until a reset ends the context, then closes what it had. */
    private static void inBackground(Runnable work, Runnable closing) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (ZMQException e) {
                if (e.getErrorCode() != zmq.ZError.ETERM) {
                    throw e;
                }
            } finally {
                closing.run();
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void close(Socket socket) {
        monitors.remove(socket);
        sockets.values().remove(socket);
        socket.close();
    }

    private void reset() {
        for (Socket socket : List.copyOf(sockets.values())) {
            socket.setLinger(0);
            close(socket);
        }
        zap = null;
        ZMQ.Context old = context;
        context = ZMQ.context(1);
        Thread ending = new Thread(old::term); // interrupts what is in the background, and waits for it
        ending.setDaemon(true);
        ending.start();
        try {
            ending.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (ending.isAlive()) {
            throw new Refusal("other", "a closed socket still lingers, JeroMQ can't drop it: start a new agent");
        }
    }
}
