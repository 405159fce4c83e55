internal import Synchronization

/// Threads on which blocking calls (disk, fsync) may wait, so that no event loop does. A task
/// executor: `await withTaskExecutorPreference(pool) { … }`, or `Task(executorPreference:)`.
///
/// Bounded by its tasks: each job in the queue belongs to one request that was admitted.
package final class BlockingPool: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// Jobs before this index are taken.
        var head = 0

        mutating func takeFirst() -> UnownedJob {
            let job = jobs[head]
            head += 1
            // Moved up when half is gone: each job is moved about once, and a queue that is never
            // empty does not grow for ever.
            if head * 2 >= jobs.count {
                jobs.removeFirst(head)
                head = 0
            }
            return job
        }
    }

    private let state = Mutex(State())
    private let available = Semaphore()

    package init(threadCount: Int) throws(SystemError) {
        for index in 0..<threadCount {
            _ = try RunningThread(name: "blocking-\(index)") { [self] in serve() }
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        available.signal()
    }

    /// For a thread that has nothing else to do: what `body` comes to, when it has.
    package func wait<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) -> Result {
        let result = Mutex<Result?>(nil)
        let ended = Semaphore()
        Task(executorPreference: self) {
            let value = await body()
            result.withLock { $0 = value }
            ended.signal()
        }
        ended.wait()
        guard let value = result.withLock({ $0 }) else { preconditionFailure("ended without one") }
        return value
    }

    private func serve() {
        let executor = unsafe asUnownedTaskExecutor()
        while true {
            available.wait()
            let job = state.withLock { $0.takeFirst() }
            unsafe job.runSynchronously(on: executor)
        }
    }
}
