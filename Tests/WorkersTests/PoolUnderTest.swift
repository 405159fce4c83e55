import Glibc
import LinuxIO
import Rendition
import Synchronization
import WorkerLink
import Workers

/// A pool of test workers, the jobs for it, and what it reported.
final class PoolUnderTest: Sendable {
    private struct State {
        var waiting: [WorkerJob] = []
        var reports: [UInt64: [Report]] = [:]
        var events: [PoolEvent] = []
        var nextID: UInt64 = 1
    }

    enum Report: Equatable {
        /// Of outputs, what a test worker noted where others have pixels: of a JPEG all between
        /// the head of its one scan and its end.
        case probed, refused(String), rendered([UInt8]), mastered([UInt8]), ended(JobEnd)

        init(_ event: JobEvent) {
            self =
                switch event {
                case .probed: .probed
                case .rendered(_, let bytes): .rendered(Array(bytes.dropFirst(25).dropLast(2)))
                case .mastered(let bytes): .mastered(bytes)
                case .refused(let refusal): .refused(refusal.detail)
                case .ended(let end): .ended(end)
                }
        }
    }

    /// Shared with the pool's closures, which live as long as its thread.
    private final class Shared: Sendable {
        let state = Mutex(State())
        let hasReserve: Bool
        let ended = Semaphore()
        let happened = Semaphore()

        init(hasReserve: Bool) { self.hasReserve = hasReserve }
    }

    static let original = ContentHash(bytes: SIMD32(repeating: 1))
    private let shared: Shared
    let pool: WorkerPool

    static var program: String { Process.programDirectory + "/test-worker" }

    init(
        concurrency: Int = 1, hasReserve: Bool = false, start: String = "",
        jobsPerProcess: Int = 1000,
        program: String = PoolUnderTest.program
    ) throws {
        var configuration = WorkerConfiguration(program: program, concurrency: concurrency)
        configuration.jobsPerProcess = jobsPerProcess
        configuration.outputByteLimit = SharedLayout.byteCount + 1
        // The test worker puts up none.
        configuration.dispensableWalls = EnumSet(Wall.allCases)
        configuration.environment = ["SWIFT_BACKTRACE=enable=no", "TEST_WORKER=\(start)"]
        let shared = Shared(hasReserve: hasReserve)
        self.shared = shared
        pool = try WorkerPool(configuration) { _, isReserve in
            if isReserve, !shared.hasReserve { return nil }
            return shared.state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
        } tick: {
        } observe: { event in
            shared.state.withLock { $0.events.append(event) }
            shared.happened.signal()
        }
    }

    deinit { pool.stop() }

    /// Queues a job whose worker does what `script` says; its number.
    func add(
        _ script: String, seconds: UInt64 = 300,
        as request: (JobID) -> WorkerRequest = { .probe($0, JobLimits(), master: .unwanted) }
    ) throws -> UInt64 {
        let text = Array(script.utf8)
        let input = SharedDescriptor(try unsafe SealedMemory.file(holding: text.span.bytes))
        let number = shared.state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        let id = JobID(number)
        let shared = shared
        let job = WorkerJob(
            request(id), input: .file(input), of: Self.original, source: nil,
            deadlineNanoseconds: Clock.monotonicNanoseconds() + seconds * 1_000_000_000
        ) { event in
            let report = Report(event)
            shared.state.withLock { $0.reports[number, default: []].append(report) }
            if case .ended = report { shared.ended.signal() }
        }
        shared.state.withLock { $0.waiting.append(job) }
        pool.poke()
        return number
    }

    /// Everything reported of `count` more jobs that have ended; `nil` after a minute.
    func reports(afterEndOf count: Int) -> [UInt64: [Report]]? {
        for _ in 0..<count where !shared.ended.wait(milliseconds: 600_000) { return nil }
        return shared.state.withLock { $0.reports }
    }

    /// The first event, of those to come or not yet looked at, that `isWanted`.
    func nextEvent(where isWanted: (PoolEvent) -> Bool) -> PoolEvent? {
        while shared.happened.wait(milliseconds: 600_000) {
            let event = shared.state.withLock { $0.events.removeFirst() }
            if isWanted(event) { return event }
        }
        return nil
    }
}
