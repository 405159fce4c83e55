/// What one event loop records. Only the loop's own thread may call it: there is no lock and no
/// bus-locked instruction, and nothing here allocates.
package final class LoopMetrics: Sendable {
    let shard = Shard()
    let ring: AccessRing?

    private let recentErrors: RecentErrors

    init(ring: AccessRing?, recentErrors: RecentErrors) {
        self.ring = ring
        self.recentErrors = recentErrors
    }

    /// Counts a finished request and, where there is an access log, queues its line.
    ///
    /// - Parameters:
    ///   - target: the request target as it came; secrets in it are cut when the line is written.
    ///   - remote: the peer's address as text; clipped to 45 bytes.
    ///   - reason: of an error, as text.
    package func record(
        _ request: borrowing RequestRecord, target: Span<UInt8>, remote: Span<UInt8>,
        reason: Span<UInt8> = Span()
    ) {
        let nanoseconds = request.durationNanoseconds
        let duration = Layout.durationCell(request.route, request.cacheResult)
        shard.add(1, at: Layout.requestCell(request.route, status: request.status))
        shard.add(1, at: duration + DurationBuckets.place(of: nanoseconds))
        shard.add(nanoseconds, at: duration + DurationBuckets.count)
        shard.add(request.byteCount, at: Layout.sentBytes + Int(request.route.rawValue))
        ring?.append(request, target: target, remote: remote, reason: reason)
        if request.status >= 500 { recentErrors.note(request, target: target, reason: reason) }
    }

    package func count(_ counter: Counter, _ amount: UInt64 = 1) {
        shard.add(amount, at: Layout.counters + counter.rawValue)
    }

    /// Moves this loop's part of a gauge.
    package func adjust(_ gauge: Gauge, by difference: Int) {
        shard.add(
            UInt64(bitPattern: Int64(difference)), at: Layout.gauges + gauge.rawValue)
    }
}
