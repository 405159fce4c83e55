internal import LinuxIO
internal import Synchronization

/// Wakes one thread, however often it was rung meanwhile.
package final class Doorbell: Sendable {
    private static let longestWaitMilliseconds = 60_000

    private let isRung = Atomic(false)
    private let semaphore = Semaphore()

    package init() {}

    package func ring() {
        if !isRung.exchange(true, ordering: .acquiringAndReleasing) { semaphore.signal() }
    }

    /// Waits until it is rung, no longer than that.
    package func wait(milliseconds: Int) {
        if semaphore.wait(milliseconds: milliseconds) {
            isRung.store(false, ordering: .sequentiallyConsistent)
        }
    }

    /// Waits until it is rung or that time has come (microseconds since 1970), no longer than a
    /// minute: the wall clock, by which things are due, may be set.
    package func wait(until time: Int64?) {
        var milliseconds = Self.longestWaitMilliseconds
        if let time {
            let left = max(0, time - Clock.wallMicroseconds()) / 1000 + 1
            milliseconds = min(milliseconds, Int(clamping: left))
        }
        wait(milliseconds: milliseconds)
    }
}
