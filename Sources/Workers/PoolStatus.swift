internal import LinuxIO
internal import Synchronization
internal import WorkerLink

/// What other threads may read of the pool.
final class PoolStatus: Sendable {
    private let live = Atomic(0)
    private let first = Mutex<WorkerReady?>(nil)
    private let arrived = Semaphore()

    var liveCount: Int { live.load(ordering: .relaxed) }

    func set(liveCount: Int) { live.store(liveCount, ordering: .relaxed) }

    /// Whether `ready` is what the first worker said: one with other libraries would make other
    /// bytes under the same entity tag.
    func admit(_ ready: WorkerReady) -> Bool {
        let (isFirst, matches) = first.withLock { first in
            guard let known = first else {
                first = ready
                return (true, true)
            }
            return (false, known.versions == ready.versions)
        }
        if isFirst { arrived.signal() }
        return matches
    }

    func wait(seconds: Int) -> WorkerReady? {
        arrived.wait(seconds: seconds)
        return first.withLock { $0 }
    }
}
