import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import org.zeromq.ZMQ;
import org.zeromq.ZMQ.Socket;
import org.zeromq.ZMQException;

/** The agent's messages. Each op has a deadline of its own, and leaves the socket's time limits as they were. */
final class Messages {
    private Messages() {}

    /** Sends one message, count times. Without timeout_ms the socket's own SNDTIMEO holds. */
    static int send(Socket socket, Request request) {
        List<byte[]> frames = request.message("frames");
        int count = request.has("count") ? request.number("count") : 1;
        int own = socket.getSendTimeOut();
        Deadline deadline = Deadline.of(request, own);
        int sent = 0;
        try {
            for (; sent < count; sent++) {
                socket.setSendTimeOut(deadline.left());
                for (int i = 0; i < frames.size(); i++) {
                    int flags = i < frames.size() - 1 ? ZMQ.SNDMORE : 0;
                    Refusal.check(socket.send(frames.get(i), flags), socket);
                }
            }
        } catch (RuntimeException e) {
            throw Refusal.of(e).after(sent);
        } finally {
            socket.setSendTimeOut(own);
        }
        return sent;
    }

    /** One message, or with count as many as come in time. Without timeout_ms the socket's own RCVTIMEO holds. */
    static void receive(Socket socket, Request request, JsonObject ok) {
        int own = socket.getReceiveTimeOut();
        Deadline deadline = Deadline.of(request, own);
        try {
            if (!request.has("count")) {
                JsonArray frames = receive(socket, deadline);
                if (frames == null) {
                    throw new ZMQException(zmq.ZError.EAGAIN);
                }
                ok.add("frames", frames);
                return;
            }
            JsonArray messages = new JsonArray();
            JsonArray frames;
            try {
                while (messages.size() < request.number("count") && (frames = receive(socket, deadline)) != null) {
                    messages.add(frames);
                }
            } catch (ZMQException e) {
                if (messages.isEmpty()) { // otherwise what came before it is not lost
                    throw e;
                }
            }
            ok.add("messages", messages);
        } finally {
            socket.setReceiveTimeOut(own);
        }
    }

    /** The frames of one message; null when none came in time. */
    private static JsonArray receive(Socket socket, Deadline deadline) {
        socket.setReceiveTimeOut(deadline.left());
        byte[] frame = socket.recv();
        if (frame == null) {
            return null;
        }
        JsonArray frames = new JsonArray();
        frames.add(Data.describe(frame));
        while (socket.hasReceiveMore()) {
            frames.add(Data.describe(socket.recv()));
        }
        return frames;
    }
}
