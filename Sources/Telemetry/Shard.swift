import Synchronization

/// The cells of every metric for one writer.
///
/// A shard of a loop is written by that loop's thread alone, so counting is a load and a store
/// without a bus lock; the scraper only reads. Nobody else's counters share its cache lines: the
/// first and the last cells are never used.
final class Shard: Sendable {
    private static let padding = 8  // One cache line of 64 bytes.
    private let cells: InlineArray<2048, Atomic<UInt64>>

    init() {
        precondition(Layout.end + 2 * Self.padding <= 2048)
        precondition(Counter.allCases.count <= Layout.gauges)
        precondition(Gauge.allCases.count <= Layout.timings - Layout.gauges)
        precondition(Timing.allCases.count <= 4)
        cells = InlineArray { _ in Atomic(0) }
    }

    /// Adds without a bus lock; for the one thread this shard belongs to.
    @inline(__always)
    func add(_ amount: UInt64, at index: Int) {
        let sum = cells[index + Self.padding].load(ordering: .relaxed) &+ amount
        cells[index + Self.padding].store(sum, ordering: .relaxed)
    }

    /// Adds from any thread.
    func addShared(_ amount: UInt64, at index: Int) {
        cells[index + Self.padding].wrappingAdd(amount, ordering: .relaxed)
    }

    func set(_ value: UInt64, at index: Int) {
        cells[index + Self.padding].store(value, ordering: .relaxed)
    }

    func value(at index: Int) -> UInt64 {
        cells[index + Self.padding].load(ordering: .relaxed)
    }
}

/// Where in a shard each metric's cells lie.
enum Layout {
    static let routeCount = 7
    static let cacheResultCount = 4
    static let counters = 0
    static let gauges = 96
    static let timings = 144
    static let requests = timings + 4 * DurationBuckets.cellCount
    static let durations = requests + routeCount * StatusTable.count
    static let sentBytes = durations + routeCount * cacheResultCount * DurationBuckets.cellCount
    static let end = sentBytes + routeCount

    @inline(__always)
    static func requestCell(_ route: Route, status: UInt16) -> Int {
        requests + Int(route.rawValue) * StatusTable.count + StatusTable.place(of: status)
    }

    /// The first of the histogram's `DurationBuckets.cellCount` cells.
    @inline(__always)
    static func durationCell(_ route: Route, _ cache: CacheResult) -> Int {
        let series = Int(route.rawValue) * cacheResultCount + Int(cache.rawValue)
        return durations + series * DurationBuckets.cellCount
    }

    static func timingCell(_ timing: Timing) -> Int {
        timings + timing.rawValue * DurationBuckets.cellCount
    }
}
