-- Prints one line a program can read after each run of wrk.
done = function(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        "RESULT requests=%d duration_us=%d p50_us=%d p99_us=%d p999_us=%d errors=%d statuses=%d\n",
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        latency:percentile(99.9), errors.connect + errors.read + errors.write + errors.timeout,
        errors.status))
end
