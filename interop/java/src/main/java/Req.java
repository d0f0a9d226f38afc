import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ.Socket;

/** req: pulls messages, asks a rep for the SHA-1 of each, and prints both. */
final class Req {
    public static void main(String[] args) {
        String[] endpoints = Role.endpoints(args, "req: pulls messages, asks a rep for the SHA-1 of each",
                "pull", "tcp://127.0.0.1:5555", "rep", "tcp://127.0.0.1:5556");
        try (ZContext context = new ZContext()) {
            Socket receiver = context.createSocket(SocketType.PULL);
            Role.bind(receiver, endpoints[0]);
            Client client = new Client(context, endpoints[1]);
            Role.ready(receiver);
            for (long i = 0; i < Role.COUNT; i++) {
                byte[] message = Role.receive(receiver);
                Role.report("pulled", message, "java: received '{data}'");
                byte[] digest = client.ask(message);
                Role.report("answered", digest, "java (pid={pid}): received sha1 from server: {data}");
            }
        }
    }
}
