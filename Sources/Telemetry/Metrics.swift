internal import LinuxIO

/// All metrics of the edge.
///
/// Each loop has a shard of its own that only its thread writes, and one more is for every other
/// thread, written with atomic additions. A value an operator sees is the sum over the shards,
/// made when it is asked for: recording costs a few stores, scraping pays for it.
package final class Metrics: Sendable {
    /// One for each event loop, in their order.
    package let loops: [LoopMetrics]
    private let common = Shard()
    let recentErrors = RecentErrors()
    let history: FigureHistory
    let buildLabels: [(name: String, value: String)]

    /// - Parameters:
    ///   - build: labels of `pollex_build_info`, such as the version.
    ///   - now: monotonic nanoseconds; from then on figures are counted.
    ///   - accessLog: where each loop's request records also go.
    package init(
        loopCount: Int, build: [(name: String, value: String)] = [], accessLog: AccessLog? = nil,
        now: UInt64 = Clock.monotonicNanoseconds()
    ) {
        precondition(accessLog == nil || accessLog?.ringCount == loopCount)
        buildLabels = build
        history = FigureHistory(since: now)
        let recentErrors = recentErrors
        loops = (0..<loopCount).map {
            LoopMetrics(ring: accessLog?.ring($0), recentErrors: recentErrors)
        }
    }

    package var version: String { buildLabels.first { $0.name == "version" }?.value ?? "" }

    /// Counts from any thread.
    package func count(_ counter: Counter, _ amount: UInt64 = 1) {
        common.addShared(amount, at: Layout.counters + counter.rawValue)
    }

    /// Takes over what another part counts by itself: `counter` is then counted by nobody else.
    package func set(_ counter: Counter, total: UInt64) {
        common.set(total, at: Layout.counters + counter.rawValue)
    }

    /// Replaces the part of a gauge that does not belong to a loop.
    package func set(_ gauge: Gauge, _ value: Int) {
        common.set(UInt64(bitPattern: Int64(value)), at: Layout.gauges + gauge.rawValue)
    }

    /// Moves the part of a gauge that does not belong to a loop.
    package func adjust(_ gauge: Gauge, by difference: Int) {
        let amount = UInt64(bitPattern: Int64(difference))
        common.addShared(amount, at: Layout.gauges + gauge.rawValue)
    }

    /// Records one duration from any thread.
    package func record(_ timing: Timing, _ duration: Duration) {
        let nanoseconds = duration.wholeNanoseconds
        let cell = Layout.timingCell(timing)
        common.addShared(1, at: cell + DurationBuckets.place(of: nanoseconds))
        common.addShared(nanoseconds, at: cell + DurationBuckets.count)
    }

    package func value(of counter: Counter) -> UInt64 {
        sum(at: Layout.counters + counter.rawValue)
    }

    package func value(of gauge: Gauge) -> Int {
        Int(Int64(bitPattern: sum(at: Layout.gauges + gauge.rawValue)))
    }

    func sum(at cell: Int) -> UInt64 {
        loops.reduce(common.value(at: cell)) { $0 &+ $1.shard.value(at: cell) }
    }

    var droppedLogLines: UInt64 {
        loops.reduce(0) { $0 + ($1.ring?.droppedCount ?? 0) }
    }
}

extension Duration {
    /// Rounded down; a negative duration is none.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) &* 1_000_000_000 &+ UInt64(attoseconds / 1_000_000_000)
    }
}
