internal import Synchronization

/// What was counted up to one moment: the difference of two is what happened in between.
struct FigureSample: Sendable {
    /// Monotonic nanoseconds.
    var takenAt: UInt64
    var requests: UInt64 = 0
    /// Answered with 5xx.
    var errors: UInt64 = 0
    var sentBytes: UInt64 = 0
    var hits: UInt64 = 0
    var misses: UInt64 = 0
    /// Waited for a rendition that was being made already.
    var collapsed: UInt64 = 0
    var uploads: UInt64 = 0
    /// Histograms, in the order of `Latency`.
    var latencies: [[UInt64]] = []

    init(takenAt: UInt64) { self.takenAt = takenAt }
}

/// What somebody waits for, as the figures tell it apart.
enum Latency: Int, CaseIterable {
    case hit, miss, upload, queue, job

    var word: String {
        switch self {
        case .hit: "hit"
        case .miss: "miss"
        case .upload: "upload"
        case .queue: "queue"
        case .job: "job"
        }
    }
}

/// One sample a second of the last minute. Rates and latencies of "now" are of that time, so who
/// asks needs not have asked before.
package final class FigureHistory: Sendable {
    static let windowSeconds = 60
    private static let second: UInt64 = 1_000_000_000

    private struct State: Sendable {
        var ring = Ring<FigureSample>(capacity: windowSeconds)
        var lastTakenAt: UInt64 = 0
    }

    private let state: Mutex<State>

    init(since now: UInt64) {
        var first = State()
        first.ring.append(FigureSample(takenAt: now))
        first.lastTakenAt = now
        state = Mutex(first)
    }

    /// Whether a second has passed since the last sample.
    func isDue(at now: UInt64) -> Bool {
        state.withLock { now >= $0.lastTakenAt + Self.second }
    }

    func append(_ sample: FigureSample) {
        state.withLock {
            $0.ring.append(sample)
            $0.lastTakenAt = sample.takenAt
        }
    }

    /// That of a minute ago, or of the start.
    var oldest: FigureSample {
        guard let oldest = state.withLock({ $0.ring.oldest })
        else { preconditionFailure("begins with one") }
        return oldest
    }
}
