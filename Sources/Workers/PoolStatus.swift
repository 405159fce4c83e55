internal import LinuxIO
internal import Synchronization
internal import WorkerLink

/// What other threads may read of the pool.
final class PoolStatus: Sendable {
    /// What may pass, as a full table of processes, has passed by then: some seconds.
    private static let hopelessFailures = 10
    private static let longestWaitSeconds = 120

    private let live = Atomic(0)
    private let first = Mutex<Greeting?>(nil)
    private let arrived = Semaphore()

    var liveCount: Int { live.load(ordering: .relaxed) }

    func set(liveCount: Int) { live.store(liveCount, ordering: .relaxed) }

    /// Whether it is the greeting of the first worker: one with other libraries would make other
    /// bytes under the same entity tag, one with fewer walls is not what the edge started with.
    func admit(_ greeting: Greeting) -> Bool {
        let (isFirst, matches) = first.withLock { first in
            guard let known = first else {
                first = greeting
                return (true, true)
            }
            return (false, known == greeting)
        }
        if isFirst { arrived.signal() }
        return matches
    }

    /// Of the starts of workers so many have failed, and none has come up since.
    func noteStartFailures(_ count: Int) {
        if count == Self.hopelessFailures { arrived.signal() }
    }

    func waitForFirst() -> Greeting? {
        arrived.wait(seconds: Self.longestWaitSeconds)
        return first.withLock { $0 }
    }
}
