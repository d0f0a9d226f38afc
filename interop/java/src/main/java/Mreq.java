import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.zeromq.ZContext;

/** mreq: sends msgqueue ten random letters every second, and prints what comes back. */
final class Mreq {
    private static final String LETTERS = "qwertyuiop";

    public static void main(String[] args) throws InterruptedException {
        String[] endpoints = Role.endpoints(args, "mreq: sends msgqueue ten random letters every second",
                "frontend", "tcp://127.0.0.1:5559");
        Random random = new Random();
        try (ZContext context = new ZContext()) {
            Client client = new Client(context, endpoints[0]);
            Role.ready();
            for (long i = 0; i < Role.COUNT; i++) {
                if (i > 0) {
                    Thread.sleep(Role.INTERVAL);
                }
                StringBuilder text = new StringBuilder();
                random.ints(10, 0, LETTERS.length()).forEach(n -> text.append(LETTERS.charAt(n)));
                text.append(" (from client pid=").append(Role.PID).append(")");
                byte[] message = text.toString().getBytes(StandardCharsets.US_ASCII);
                Role.report("sent", message);
                byte[] echo = client.ask(message);
                Role.report("answered", echo, "java (pid={pid}): received the original data: {data}");
            }
        }
    }
}
