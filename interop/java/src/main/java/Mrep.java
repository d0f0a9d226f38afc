import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ.Socket;

/** mrep: a server behind msgqueue that echoes each request. */
final class Mrep {
    public static void main(String[] args) {
        String[] endpoints = Role.endpoints(args, "mrep: a server behind msgqueue that echoes each request",
                "backend", "tcp://127.0.0.1:5560");
        try (ZContext context = new ZContext()) {
            context.setLinger(-1); // the last reply leaves before the program does
            Socket server = context.createSocket(SocketType.REP);
            Role.connect(server, endpoints[0]);
            Role.ready();
            for (long i = 0; i < Role.COUNT; i++) {
                byte[] request = Role.receive(server);
                Role.report("received", request, "java: received '{data}' from client.");
                server.send(request);
                Role.report("replied", request, "java (pid={pid}): sending back the received data: {data}");
            }
        }
    }
}
