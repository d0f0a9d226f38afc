import java.nio.charset.StandardCharsets;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ.Socket;

/** rep: answers each message with its SHA-1 in lower-case hex. */
final class Rep {
    public static void main(String[] args) {
        String[] endpoints = Role.endpoints(args, "rep: answers each message with its SHA-1",
                "endpoint", "tcp://127.0.0.1:5556");
        try (ZContext context = new ZContext()) {
            context.setLinger(-1); // the last reply leaves before the program does
            Socket server = context.createSocket(SocketType.REP);
            Role.bind(server, endpoints[0]);
            Role.ready(server);
            for (long i = 0; i < Role.COUNT; i++) {
                byte[] request = Role.receive(server);
                Role.report("received", request, "java: received '{data}' from client.");
                byte[] digest = Data.sha1(request).getBytes(StandardCharsets.US_ASCII);
                server.send(digest);
                Role.report("replied", digest,
                        "java (pid={pid}): sending back sha1 of the received data: {data}");
            }
        }
    }
}
