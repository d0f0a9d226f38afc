import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.zeromq.ZContext;

/** c: sends the date and time every second, and prints the digest that it gets. */
final class C {
    /** That of ctime(3): Fri Aug 10 00:03:40 2012, the day of the month padded with a space. */
    private static final DateTimeFormatter CTIME =
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ROOT);

    public static void main(String[] args) throws InterruptedException {
        String[] endpoints = Role.endpoints(args, "c: sends the date and time every second",
                "rep", "tcp://127.0.0.1:5556");
        try (ZContext context = new ZContext()) {
            Client client = new Client(context, endpoints[0]);
            Role.ready();
            for (long i = 0; i < Role.COUNT; i++) {
                if (i > 0) {
                    Thread.sleep(Role.INTERVAL);
                }
                byte[] now = LocalDateTime.now().format(CTIME).getBytes(StandardCharsets.US_ASCII);
                Role.report("sent", now, "java (pid={pid}): sending data: '{data}'");
                byte[] digest = client.ask(now);
                Role.report("answered", digest, "java (pid={pid}): received sha1 of data: {data}");
            }
        }
    }
}
