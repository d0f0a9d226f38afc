import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ.Socket;

/** A REQ socket that outlives its servers: it asks until it is answered. */
final class Client {
    /** Milliseconds until a client sends again. */
    private static final int RESEND_AFTER = 1000;

    private final Socket socket;

    Client(ZContext context, String endpoint) {
        socket = context.createSocket(SocketType.REQ);
        // May ask again without an answer, and drops what still comes as an answer to an earlier asking.
        socket.setReqRelaxed(true);
        socket.setReqCorrelate(true);
        // Told to stop, it doesn't wait for an absent server.
        socket.setLinger(0);
        // A request that can't leave waits in the queue of its dead connection. With room for one, one stale
        // request is all that a returning server finds; a full queue makes send wait, so it has a limit too.
        socket.setSndHWM(1);
        socket.setSendTimeOut(RESEND_AFTER);
        socket.setReceiveTimeOut(RESEND_AFTER);
        Role.connect(socket, endpoint);
    }

    /** Sends {@code request}, again and again if need be, until its answer comes. */
    byte[] ask(byte[] request) {
        while (true) {
            byte[] answer = socket.send(request) ? Role.receive(socket) : null;
            if (answer != null) {
                return answer;
            }
            Role.report("resent", request);
            if (!Role.EVENTS) {
                System.err.println(
                        "java (pid=" + Role.PID + "): no answer for " + RESEND_AFTER / 1000 + " s, sending again");
            }
        }
    }
}
