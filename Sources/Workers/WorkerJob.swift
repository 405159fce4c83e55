package import LinuxIO
package import Rendition
package import WorkerLink

/// What a job is made of.
package enum WorkerInput: Sendable {
    /// The original, or its master, read-only.
    case file(SharedDescriptor)
    /// A master: so many bytes, which the job's frame tells, written into the memory that is shared
    /// with the worker.
    case copied(
        byteCount: UInt32, @Sendable (borrowing SharedMemory) throws(SystemError) -> Void)

    package var sharedByteCount: UInt32 {
        if case .copied(let byteCount, _) = self { byteCount } else { 0 }
    }
}

/// One piece of work for one worker process.
package struct WorkerJob: Sendable {
    package let request: WorkerRequest
    package let input: WorkerInput
    /// Whose picture it is about, for reports.
    package let original: ContentHash
    /// The watermark's picture, where the frame has one.
    package let overlay: SharedDescriptor?
    /// What the input stands for; goes to the worker that had it last, if that is free.
    package let source: JobInput?
    /// Monotonic; the worker is killed then.
    package let deadlineNanoseconds: UInt64
    /// Called on the pool's thread; `ended` is the last call.
    package let report: @Sendable (JobEvent) -> Void

    package var id: JobID { request.job }

    package init(
        _ request: WorkerRequest, input: WorkerInput, of original: ContentHash,
        overlay: SharedDescriptor? = nil, source: JobInput?, deadlineNanoseconds: UInt64,
        report: @escaping @Sendable (JobEvent) -> Void
    ) {
        self.request = request
        self.input = input
        self.original = original
        self.overlay = overlay
        self.source = source
        self.deadlineNanoseconds = deadlineNanoseconds
        self.report = report
    }
}

package enum JobEvent: Sendable {
    case probed(ImageFacts)
    /// One output and its bytes.
    case rendered(RenderedOutput, [UInt8])
    /// The original's master, made on the way.
    case mastered([UInt8])
    case refused(Refusal)
    case ended(JobEnd)
}

package enum JobEnd: Sendable, Equatable {
    case done
    case cancelled
    case timedOut
    /// The same, and the worker had an eighth of a core at least: it was at work, not stopped, and
    /// would be late again. `hadCore`: it had more than half of one.
    case overran(hadCore: Bool)
    /// The worker died of the job; the signal, or 0 for an exit.
    case crashed(signal: Int32)

    /// A worker that had less than an eighth of a core was stopped, or starved: it says nothing of
    /// the job.
    private static let leastShareDivisor: UInt64 = 8

    /// Of a job past its deadline, by what it had of the processor in so many nanoseconds.
    package static func late(used: UInt64, of elapsed: UInt64) -> JobEnd {
        used > elapsed / leastShareDivisor ? .overran(hadCore: used > elapsed / 2) : .timedOut
    }

    /// As the kernel ends it (SIGXCPU).
    static let outOfProcessorTime = JobEnd.crashed(signal: Signals.processorTime)
}
