internal import LinuxIO
internal import Synchronization

/// What other threads may read of the pool.
final class PoolStatus: Sendable {
    private let live = Atomic(0)
    private let first = Mutex<String?>(nil)
    private let arrived = Semaphore()

    var liveCount: Int { live.load(ordering: .relaxed) }

    func set(liveCount: Int) { live.store(liveCount, ordering: .relaxed) }

    /// Whether `versions` are those of the first worker: one with other libraries would make other
    /// bytes under the same entity tag.
    func admit(_ versions: String) -> Bool {
        let (isFirst, matches) = first.withLock { first in
            guard let known = first else {
                first = versions
                return (true, true)
            }
            return (false, known == versions)
        }
        if isFirst { arrived.signal() }
        return matches
    }

    func wait(seconds: Int) -> String? {
        arrived.wait(milliseconds: seconds * 1000)
        return first.withLock { $0 }
    }
}
