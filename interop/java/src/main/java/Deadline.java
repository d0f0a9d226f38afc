/** When the time of an op is over: a System.nanoTime(). */
record Deadline(long end) {
    /** How long an op waits, in milliseconds, where neither it nor its socket says. */
    private static final int PATIENCE = 1000;

    /** That of the request's timeout_ms; without it {@code own} holds, its socket's, or -1. */
    static Deadline of(Request request, int own) {
        int otherwise = own < 0 ? PATIENCE : own;
        int timeout = request.has("timeout_ms") ? request.number("timeout_ms") : otherwise;
        return new Deadline(System.nanoTime() + timeout * 1_000_000L);
    }

    /** Milliseconds, as ZeroMQ's options want them. */
    int left() {
        return (int) Math.max(0, (end - System.nanoTime() + 999_999) / 1_000_000);
    }
}
