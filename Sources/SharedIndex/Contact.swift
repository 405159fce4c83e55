internal import LinuxIO
internal import Synchronization

/// How near a replica is to what it is a replica of. Asked by every part of the edge, without a
/// lock on the way of a hit.
package final class Contact: Sendable {
    package enum News: Sendable, Equatable {
        case away(String)
        case back
        /// The replica was of another database, and began anew.
        case other
    }

    /// Monotonic nanoseconds at which everything was known here; 0: never yet.
    private let madeAt = Atomic<UInt64>(0)
    private let position = Atomic<Int64>(0)
    private let end = Atomic<Int64>(0)
    private let followed = Atomic<UInt64>(0)
    private struct Distance {
        /// `nil`: there was none yet.
        var isAway: Bool?
        /// Why, as it was told last, and when.
        var reason = ""
        var toldAt: UInt64 = 0
    }
    private let distance = Mutex(Distance())
    /// Between two reasons at least, where one follows the other.
    private static let reasonNanoseconds: UInt64 = 10_000_000_000
    private let firstMade = Semaphore()
    let tell: @Sendable (News) -> Void

    package init(tell: @escaping @Sendable (News) -> Void) { self.tell = tell }

    /// How long ago everything was known here; `nil`: never yet.
    package var staleness: Duration? {
        let at = madeAt.load(ordering: .relaxed)
        guard at != 0 else { return nil }
        return .nanoseconds(Int64(clamping: Clock.monotonicNanoseconds() &- at))
    }

    package var isLost: Bool { distance.withLock { $0.isAway } ?? false }

    /// Changes that are not here yet, as far as is known.
    package var lag: Int {
        Int(max(0, end.load(ordering: .relaxed) - position.load(ordering: .relaxed)))
    }

    package var followedCount: UInt64 { followed.load(ordering: .relaxed) }

    /// Until everything is known here for the first time, or nobody answers.
    func wait(milliseconds: Int) { firstMade.wait(milliseconds: milliseconds) }

    func made(at position: Int64, of end: Int64) {
        madeAt.store(max(1, Clock.monotonicNanoseconds()), ordering: .relaxed)
        follow(to: position, of: end, count: 0)
        let wasAway = distance.withLock { distance in
            defer { distance = Distance(isAway: false) }
            return distance.isAway
        }
        if wasAway == nil { firstMade.signal() }
        if wasAway == true { tell(.back) }
    }

    func follow(to position: Int64, of end: Int64, count: Int) {
        self.position.store(position, ordering: .relaxed)
        self.end.store(end, ordering: .relaxed)
        followed.wrappingAdd(UInt64(count), ordering: .relaxed)
    }

    /// What was known is of another database.
    func beginAnew() {
        madeAt.store(0, ordering: .relaxed)
        tell(.other)
    }

    func lost(_ reason: String) {
        let now = Clock.monotonicNanoseconds()
        let (wasAway, isNews) = distance.withLock { distance in
            let wasAway = distance.isAway
            distance.isAway = true
            let isNews =
                wasAway != true
                || reason != distance.reason && now >= distance.toldAt + Self.reasonNanoseconds
            if isNews { (distance.reason, distance.toldAt) = (reason, now) }
            return (wasAway, isNews)
        }
        if wasAway == nil { firstMade.signal() }
        if isNews { tell(.away(reason)) }
    }
}
