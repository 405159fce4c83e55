internal import LinuxIO
internal import Synchronization
internal import WorkerLink

/// What other threads may read of the pool.
final class PoolStatus: Sendable {
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

    func wait(seconds: Int) -> Greeting? {
        arrived.wait(milliseconds: seconds * 1000)
        return first.withLock { $0 }
    }
}
