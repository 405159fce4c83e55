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
    /// `nil`: there was none yet.
    private let isAway = Mutex<Bool?>(nil)
    private let firstMade = Semaphore()
    let tell: @Sendable (News) -> Void

    package init(tell: @escaping @Sendable (News) -> Void) { self.tell = tell }

    /// How long ago everything was known here; `nil`: never yet.
    package var staleness: Duration? {
        let at = madeAt.load(ordering: .relaxed)
        guard at != 0 else { return nil }
        return .nanoseconds(Int64(clamping: Clock.monotonicNanoseconds() &- at))
    }

    package var isLost: Bool { isAway.withLock { $0 } ?? false }

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
        let wasAway = isAway.withLock { isAway in
            defer { isAway = false }
            return isAway
        }
        if wasAway == nil { firstMade.signal() }
        if wasAway == true { tell(.back) }
    }

    func follow(to position: Int64, of end: Int64, count: Int) {
        self.position.store(position, ordering: .relaxed)
        self.end.store(end, ordering: .relaxed)
        followed.wrappingAdd(UInt64(count), ordering: .relaxed)
    }

    func lost(_ reason: String) {
        let wasAway = isAway.withLock { isAway in
            defer { isAway = true }
            return isAway
        }
        if wasAway == nil { firstMade.signal() }
        if wasAway != true { tell(.away(reason)) }
    }
}
