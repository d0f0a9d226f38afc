import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.zeromq.ZMQ;

/** versions: prints what this peer consists of as one line of JSON. */
final class Versions {
    public static void main(String[] args) {
        JsonObject engine = new JsonObject();
        engine.addProperty("name", "jeromq");
        engine.addProperty("version", jeromq());
        JsonObject versions = describe();
        versions.add("engine", engine);
        System.out.println(versions);
    }

    static JsonObject describe() {
        JsonObject versions = new JsonObject();
        versions.addProperty("language", "Java");
        versions.addProperty("interpreter", System.getProperty("java.version"));
        versions.addProperty("binding", "jeromq " + jeromq());
        versions.add("libzmq", JsonNull.INSTANCE); // there is none underneath
        return versions;
    }

    /** What Maven wrote into the jar that is in use; ZMQ.getVersionString says which libzmq it was ported from. */
    private static String jeromq() {
        try (InputStream in = ZMQ.class.getResourceAsStream("/META-INF/maven/org.zeromq/jeromq/pom.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
