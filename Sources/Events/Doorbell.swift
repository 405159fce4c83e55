internal import LinuxIO
internal import Synchronization

/// Wakes one thread, however often it was rung meanwhile.
package final class Doorbell: Sendable {
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
}
