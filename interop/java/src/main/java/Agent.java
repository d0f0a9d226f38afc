import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.zeromq.SocketType;

/**
 * agent: has sockets, and does with them what it is told. docs/agent-contract.md is its contract. Here are the
 * main loop, the dispatch of the ops, hello and errors; interop/README.md shows the files.
 */
final class Agent {
    private final AgentSocket.Table sockets = new AgentSocket.Table();
    private AgentZap zap;

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
            AgentData.Request request = AgentData.Request.parse(line);
            response.add("id", request.id());
            op = request.text("op");
            response.add("ok", perform(op, request));
        } catch (RuntimeException e) {
            response.add("error", AgentData.Refusal.of(e).toJson());
        }
        return op;
    }

    private JsonObject perform(String op, AgentData.Request request) {
        JsonObject ok = new JsonObject();
        switch (op) {
            case "hello" -> hello(ok);
            case "socket" -> sockets.open(request);
            case "set" -> socket(request).set(request);
            case "get" -> socket(request).get(request, ok);
            case "bind" -> socket(request).bind(request, ok);
            case "unbind" -> socket(request).unbind(request);
            case "connect" -> socket(request).connect(request);
            case "disconnect" -> socket(request).disconnect(request);
            case "send" -> socket(request).send(request, ok);
            case "recv" -> socket(request).receive(request, ok);
            case "subscribe" -> socket(request).subscribe(request);
            case "unsubscribe" -> socket(request).unsubscribe(request);
            case "poll" -> sockets.poll(request, ok);
            case "monitor" -> socket(request).monitor();
            case "events" -> socket(request).events(request, ok);
            case "proxy" -> sockets.proxy(request);
            case "zap" -> setZap(SocketType.REP, request);
            case "zap_router" -> setZap(SocketType.ROUTER, request);
            case "zap_log" -> ok.add("requests", zap == null ? new JsonArray() : zap.log());
            case "curve_keypair" -> AgentZap.curveKeypair(ok);
            case "close" -> sockets.close(request);
            case "reset" -> {
                zap = null; // it ends with its context
                sockets.reset();
            }
            case "exit" -> { }
            default -> throw new AgentData.Refusal("unsupported", "there is no op '" + op + "'");
        }
        return ok;
    }

    private AgentSocket socket(AgentData.Request request) {
        return sockets.find(request, "socket");
    }

    private static void hello(JsonObject ok) {
        ok.addProperty("contract", 1);
        ok.addProperty("pid", ProcessHandle.current().pid());
        Versions.describe().entrySet().forEach(version -> ok.add(version.getKey(), version.getValue()));
        Map.of("zmtp", List.of("1.0", "2.0", "3.0"), "socket_types", AgentSocket.TYPES,
                "options", AgentOptions.optionNames(), "mechanisms", List.of("NULL", "PLAIN", "CURVE"),
                "transports", AgentSocket.TRANSPORTS,
                "features", List.of("proxy", "monitor", "zap", "poll", "disconnect", "unbind", "count",
                        "zap-reply", "zap-router"))
                .forEach((name, list) -> ok.add(name, new Gson().toJsonTree(list)));
    }

    private void setZap(SocketType kind, AgentData.Request rules) {
        if (zap == null) {
            AgentZap handler = new AgentZap(sockets.context(), kind, rules);
            zap = handler;
            AgentSocket.inBackground(handler::serve, handler::close);
        }
        zap.setRules(rules);
    }
}
