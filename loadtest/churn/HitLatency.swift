import Digest
import Glibc
import LinuxIO
import Rendition
import RenditionCache
import Synchronization

/// How long hits take on one thread while nothing else happens, and while 500 renditions a second
/// come into a full cache on another.
final class HitLatency {
    private let cache: RenditionCache
    private var workload = Workload(seed: 2)
    private static let resident = 2000

    init(directory: String, budget: Int) throws(SystemError) {
        cache = try RenditionCache(directory: directory, byteBudget: budget)
        var left = budget * 2
        while left > 0 {
            let (key, body) = workload.next()
            left -= body.count
            insert(key, body)
        }
    }

    /// Percentiles of quiet and churning hits, in microseconds.
    func run(seconds: Int) throws(SystemError) -> (quiet: Durations, churning: Durations) {
        let quiet = measure(seconds: seconds)
        let isOver = Atomic<Bool>(false)
        let state = Churn(cache: cache, workload: workload, isOver: isOver)
        let thread = try RunningThread(name: "churn") { state.run() }
        let churning = measure(seconds: seconds)
        state.isOver.store(true, ordering: .relaxed)
        thread.join()
        cache.close()
        return (quiet, churning)
    }

    private final class Churn: @unchecked Sendable {  // Given to one thread, then left alone.
        let cache: RenditionCache
        var workload: Workload
        let isOver: Atomic<Bool>
        init(cache: RenditionCache, workload: Workload, isOver: consuming Atomic<Bool>) {
            self.cache = cache
            self.workload = workload
            self.isOver = isOver
        }

        func run() {
            var due = Clock.monotonicNanoseconds()
            while !isOver.load(ordering: .relaxed) {
                let (key, body) = workload.next()
                cache.insert(
                    key, head: [], body: body, metadata: EntryMetadata(lastModifiedSeconds: 0),
                    ticket: cache.ticket()
                ) { _ in }
                due += 2_000_000
                let now = Clock.monotonicNanoseconds()
                if due > now { usleep(UInt32((due - now) / 1000)) }
            }
        }
    }

    private func insert(_ key: RenditionKey, _ body: [UInt8]) {
        let done = Semaphore()
        cache.insert(
            key, head: [], body: body, metadata: EntryMetadata(lastModifiedSeconds: 0),
            ticket: cache.ticket()
        ) { _ in done.signal() }
        done.wait()
    }

    /// Hits of one in a few thousand keys in turn, each read whole as a send would.
    private func measure(seconds: Int) -> Durations {
        let reader = cache.makeReader()
        var keys: [RenditionKey] = []
        var number = workload.made - 1
        while keys.count < Self.resident, number >= 0 {
            let key = Workload.key(number)
            if reader.contains(key) { keys.append(key) }
            number -= 1
        }
        var durations = Durations()
        let end = Clock.monotonicNanoseconds() + UInt64(seconds) * 1_000_000_000
        var turn = 0
        while Clock.monotonicNanoseconds() < end {
            let key = keys[turn % keys.count]
            turn += 1
            let begun = Clock.monotonicNanoseconds()
            var sum: UInt8 = 0
            let isHit = reader.withEntry(key) { _, _, body in
                for offset in stride(from: 0, to: body.byteCount, by: 64) {
                    sum &+= unsafe body.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
                }
            }
            if isHit { durations.append(Clock.monotonicNanoseconds() - begun) }
        }
        return durations
    }
}
