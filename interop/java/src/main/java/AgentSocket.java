import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;
import org.zeromq.ZMQ.Poller;
import org.zeromq.ZMQ.Socket;
import org.zeromq.ZMQException;

/** A socket of the agent, and all that is done with one: each op waits until its deadline. */
final class AgentSocket {
    /** As in the roles, but a case may wait a second for what must not come. */
    private static final int HANDSHAKE_IVL_MS = 1000;

    static final List<String> TYPES = List.of(
            "REQ", "REP", "DEALER", "ROUTER", "PUB", "SUB", "XPUB", "XSUB", "PUSH", "PULL", "PAIR");
    static final List<String> TRANSPORTS = List.of("tcp", "ipc", "inproc");

    private final Socket socket;
    private BlockingQueue<String> events; // null where nobody wants them

    private AgentSocket(Socket socket) {
        this.socket = socket;
    }

    /** The time at which an op must be answered: a System.nanoTime(). */
    private record Deadline(long end) {
        /** How long an op waits, in milliseconds, where neither it nor its socket says. */
        private static final int DEFAULT_TIMEOUT = 1000;
        /**
         * Milliseconds after its deadline in which an op goes on with what needs no waiting: it takes what is
         * queued, but does not follow a peer that never stops sending.
         */
        private static final int GRACE = 500;

        /** That of the request's timeout_ms; without it {@code own} holds, its socket's, or -1. */
        static Deadline of(AgentData.Request request, int own) {
            int otherwise = own < 0 ? DEFAULT_TIMEOUT : own;
            int timeout = request.has("timeout_ms") ? request.number("timeout_ms") : otherwise;
            return new Deadline(System.nanoTime() + timeout * 1_000_000L);
        }

        /** Milliseconds, rounded up. */
        int left() {
            return (int) Math.max(0, (end - System.nanoTime() + 999_999) / 1_000_000);
        }

        /** Must an op end although it need not wait? */
        boolean isOver() {
            return System.nanoTime() - end > GRACE * 1_000_000L;
        }
    }

    void set(AgentData.Request request) {
        AgentOptions.setOption(socket, request.text("option"), request, "value");
    }

    void get(AgentData.Request request, JsonObject ok) {
        ok.add("value", AgentOptions.getOption(socket, request.text("option")));
    }

    private static String endpoint(AgentData.Request request) {
        String endpoint = request.text("endpoint");
        int end = endpoint.indexOf("://");
        if (end > 0 && !TRANSPORTS.contains(endpoint.substring(0, end))) {
            throw AgentData.unsupported("transport " + endpoint.substring(0, end));
        }
        return endpoint;
    }

    void bind(AgentData.Request request, JsonObject ok) {
        socket.bind(endpoint(request));
        ok.addProperty("endpoint", socket.getLastEndpoint());
    }

    void unbind(AgentData.Request request) {
        AgentData.check(socket.unbind(endpoint(request)), socket);
    }

    void connect(AgentData.Request request) {
        socket.connect(endpoint(request));
    }

    void disconnect(AgentData.Request request) {
        AgentData.check(socket.disconnect(endpoint(request)), socket);
    }

    void subscribe(AgentData.Request request) {
        AgentData.check(socket.subscribe(request.bytesOf("topic")), socket);
    }

    void unsubscribe(AgentData.Request request) {
        AgentData.check(socket.unsubscribe(request.bytesOf("topic")), socket);
    }

    /** Sends one message, count times. Without timeout_ms the socket's own SNDTIMEO holds. */
    void send(AgentData.Request request, JsonObject ok) {
        List<byte[]> frames = request.message("frames");
        int count = request.has("count") ? request.number("count") : 1;
        int own = socket.getSendTimeOut();
        Deadline deadline = Deadline.of(request, own);
        int sent = 0;
        try {
            for (; sent < count; sent++) {
                if (sent > 0 && deadline.isOver()) {
                    throw new ZMQException(zmq.ZError.EAGAIN);
                }
                for (int i = 0; i < frames.size(); i++) {
                    socket.setSendTimeOut(deadline.left());
                    int flags = i < frames.size() - 1 ? ZMQ.SNDMORE : 0;
                    AgentData.check(socket.send(frames.get(i), flags), socket);
                }
            }
        } catch (RuntimeException e) {
            throw AgentData.Refusal.of(e).after(sent);
        } finally {
            socket.setSendTimeOut(own);
        }
        ok.addProperty("sent", sent);
    }

    /** One message, or with count as many as come in time. Without timeout_ms the socket's own RCVTIMEO holds. */
    void receive(AgentData.Request request, JsonObject ok) {
        int own = socket.getReceiveTimeOut();
        Deadline deadline = Deadline.of(request, own);
        try {
            if (request.has("count")) {
                ok.add("messages", receiveMany(request.number("count"), deadline));
                return;
            }
            JsonArray frames = receiveOne(deadline);
            if (frames == null) {
                throw new ZMQException(zmq.ZError.EAGAIN);
            }
            ok.add("frames", frames);
        } finally {
            socket.setReceiveTimeOut(own);
        }
    }

    private JsonArray receiveMany(int count, Deadline deadline) {
        JsonArray messages = new JsonArray();
        JsonArray frames;
        try {
            while (messages.size() < count
                    && !(deadline.isOver() && !messages.isEmpty())
                    && (frames = receiveOne(deadline)) != null) {
                messages.add(frames);
            }
        } catch (ZMQException e) {
            if (messages.isEmpty()) { // otherwise what came before it is not lost
                throw e;
            }
        }
        return messages;
    }

    /** The frames of one message; null when none came in time. */
    private JsonArray receiveOne(Deadline deadline) {
        socket.setReceiveTimeOut(deadline.left());
        byte[] frame = socket.recv();
        if (frame == null) {
            return null;
        }
        JsonArray frames = new JsonArray();
        frames.add(Data.describe(frame));
        while (socket.hasReceiveMore()) {
            frames.add(Data.describe(socket.recv()));
        }
        return frames;
    }

    void monitor() {
        if (events == null) {
            BlockingQueue<String> kept = new LinkedBlockingQueue<>();
            AgentData.check(socket.setEventHook(event -> kept.add(event.getEvent().name()), ZMQ.EVENT_ALL), socket);
            events = kept;
        }
    }

    void events(AgentData.Request request, JsonObject ok) {
        if (events == null) {
            throw AgentData.badRequest("'" + request.text("socket") + "' is not monitored");
        }
        String until = request.has("until") ? request.text("until") : null;
        Deadline deadline = Deadline.of(request, -1);
        JsonArray all = new JsonArray();
        try {
            String event;
            while (!deadline.isOver()
                    && (event = events.poll(until == null ? 0 : deadline.left(), TimeUnit.MILLISECONDS)) != null) {
                all.add(event);
                if (event.equals(until)) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ok.add("events", all);
    }

    /** All sockets by the harness's names, and what is done with more than one. */
    static final class Table {
        /** Milliseconds that a reset gives the old context; it takes a few. */
        private static final int RESET_TIMEOUT = 2000;

        private ZMQ.Context context = ZMQ.context(1);
        private final Map<String, AgentSocket> sockets = new HashMap<>();

        ZMQ.Context context() {
            return context;
        }

        AgentSocket find(AgentData.Request request, String field) {
            String name = request.text(field);
            if (!sockets.containsKey(name)) {
                throw AgentData.badRequest("there is no socket '" + name + "'");
            }
            return sockets.get(name);
        }

        void open(AgentData.Request request) {
            String name = request.text("socket");
            String type = request.text("type");
            if (sockets.containsKey(name)) {
                throw AgentData.badRequest("there is a socket '" + name + "' already");
            }
            if (!TYPES.contains(type)) {
                throw AgentData.unsupported("socket type " + type);
            }
            Socket socket = context.socket(SocketType.valueOf(type));
            try {
                socket.setLinger(0);
                socket.setHandshakeIvl(HANDSHAKE_IVL_MS);
                if (request.has("options")) {
                    AgentData.Request options = request.object("options");
                    options.fields().keySet()
                            .forEach(option -> AgentOptions.setOption(socket, option, options, option));
                }
                sockets.put(name, new AgentSocket(socket));
            } finally {
                if (!sockets.containsKey(name)) {
                    socket.close();
                }
            }
        }

        void poll(AgentData.Request request, JsonObject ok) {
            int events = switch (request.text("events")) {
                case "in" -> Poller.POLLIN;
                case "out" -> Poller.POLLOUT;
                default -> throw AgentData.badRequest("events is 'in' or 'out'");
            };
            try (Poller poller = context.poller(1)) {
                poller.register(find(request, "socket").socket, events);
                ok.addProperty("ready", poller.poll(Deadline.of(request, -1).left()) > 0);
            }
        }

        void proxy(AgentData.Request request) {
            AgentSocket frontend = find(request, "frontend");
            AgentSocket backend = find(request, "backend");
            if (frontend == backend) {
                throw AgentData.badRequest("a proxy has two sockets");
            }
            sockets.values().removeAll(List.of(frontend, backend));
            frontend.socket.setLinger(0); // from now on only a reset closes them
            backend.socket.setLinger(0);
            inBackground(() -> ZMQ.proxy(frontend.socket, backend.socket, null), () -> {
                frontend.socket.close();
                backend.socket.close();
            });
        }

        void close(AgentData.Request request) {
            AgentSocket closed = find(request, "socket");
            sockets.values().remove(closed);
            closed.socket.close();
        }

        void reset() {
            for (AgentSocket each : sockets.values()) {
                each.socket.setLinger(0);
                each.socket.close();
            }
            sockets.clear();
            ZMQ.Context old = context;
            context = ZMQ.context(1);
            Thread ending = new Thread(old::term); // interrupts what is in the background, and waits for it
            ending.setDaemon(true);
            ending.start();
            try {
                ending.join(RESET_TIMEOUT);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (ending.isAlive()) {
                throw new AgentData.Refusal(
                        "other", "a closed socket still lingers, JeroMQ can't drop it: start a new agent");
            }
        }
    }

    /** Lets {@code work} go on until a reset ends the context, then closes what it had. */
    static void inBackground(Runnable work, Runnable closing) {
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
}
