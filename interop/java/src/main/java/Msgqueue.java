import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;
import org.zeromq.ZMQ.Socket;

/** msgqueue: the request-reply broker, any number of clients in front, of servers behind. */
final class Msgqueue {
    public static void main(String[] args) {
        String[] endpoints = Role.endpoints(args, "msgqueue: the request-reply broker",
                "frontend", "tcp://127.0.0.1:5559", "backend", "tcp://127.0.0.1:5560");
        try (ZContext context = new ZContext()) {
            Socket clients = context.createSocket(SocketType.ROUTER);
            Socket servers = context.createSocket(SocketType.DEALER);
            Role.bind(clients, endpoints[0]);
            Role.bind(servers, endpoints[1]);
            Role.ready(clients, servers);
            ZMQ.proxy(clients, servers, null);
        }
    }
}
