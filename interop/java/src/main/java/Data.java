import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** The bytes of a message, as a machine and as a person see them. */
final class Data {
    /** Bytes of a message that are shown. */
    private static final int SHOWN = 1024;

    private Data() {}

    static String sha1(byte[] data) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(data));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-1", e);
        }
    }

    /** The D of the contracts. */
    static JsonObject describe(byte[] data) {
        JsonObject described = new JsonObject();
        described.addProperty("size", data.length);
        described.addProperty("sha1", sha1(data));
        if (data.length <= SHOWN) {
            described.addProperty("hex", HexFormat.of().formatHex(data));
        }
        return described;
    }

    /** Text that can't disturb a terminal: what is not UTF-8 and what is a control character is escaped. */
    static String show(byte[] data) {
        ByteBuffer in = ByteBuffer.wrap(Arrays.copyOf(data, Math.min(data.length, SHOWN)));
        CharBuffer out = CharBuffer.allocate(in.remaining());
        StringBuilder text = new StringBuilder();
        // A new decoder reports what is malformed instead of replacing it.
        var decoder = StandardCharsets.UTF_8.newDecoder();
        CoderResult result;
        do {
            result = decoder.decode(in, out, true);
            out.flip().chars().forEach(c -> text.append(c < 0x20 || c == 0x7f ? escape(c) : (char) c));
            out.clear();
            for (int i = 0; result.isError() && i < result.length(); i++) {
                text.append(escape(in.get() & 0xff));
            }
        } while (result.isError());
        return data.length <= SHOWN ? text.toString() : text + "... (" + data.length + " bytes)";
    }

    private static String escape(int code) {
        return "\\x" + HexFormat.of().toHexDigits((byte) code);
    }
}
