/** When the time of an op is over: a System.nanoTime(), or null for never. */
record Deadline(Long end) {
    /** That of the request's timeout_ms, or {@code otherwise}; milliseconds, -1 is for ever. */
    static Deadline of(Request request, int otherwise) {
        int timeout = request.has("timeout_ms") ? request.number("timeout_ms") : otherwise;
        return new Deadline(timeout < 0 ? null : (Long) (System.nanoTime() + timeout * 1_000_000L));
    }

    /** Milliseconds, as ZeroMQ's options want them. */
    int left() {
        return end == null ? -1 : (int) Math.max(0, (end - System.nanoTime() + 999_999) / 1_000_000);
    }
}
