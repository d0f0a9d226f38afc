import java.io.IOException;
import java.util.Arrays;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ.Socket;

/** push: sends all of standard input, less trailing newlines, as ONE message. */
final class Push {
    public static void main(String[] args) throws IOException {
        String[] endpoints = Role.endpoints(args, "push: sends all of standard input as ONE message",
                "pull", "tcp://127.0.0.1:5555");
        byte[] message;
        try (ZContext context = new ZContext()) {
            context.setLinger(-1); // closing it waits, for ever if it must, until the message has left
            Socket sender = context.createSocket(SocketType.PUSH);
            Role.connect(sender, endpoints[0]);
            Role.ready();
            message = withoutNewlines(System.in.readAllBytes());
            sender.send(message);
        }
        Role.report("sent", message);
    }

    private static byte[] withoutNewlines(byte[] input) {
        int length = input.length;
        while (length > 0 && input[length - 1] == '\n') {
            length--;
        }
        return Arrays.copyOf(input, length);
    }
}
