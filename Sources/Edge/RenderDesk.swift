internal import Coalescing
internal import HTTP
internal import LinuxIO
internal import Originals
internal import Rendition
internal import RenditionCache
internal import Synchronization
internal import Telemetry
internal import WorkerLink
internal import Workers

/// Where misses become work: requests for one rendition join one flight, flights become jobs,
/// jobs wait in lanes, and all waiting jobs of one original go to a worker together, as one
/// decode.
///
/// Everything between a job's offer and its end is in `state`, under one lock that is never held
/// across a call out. A job is in exactly one place: waiting (it has a ticket) or in a batch.
final class RenderDesk: Sendable {
    typealias Flights = SingleFlight<RenditionKey, RenditionOutcome>

    struct Settings: Sendable {
        var limits: JobLimits
        var quality: QualityDefaults
        /// From the offer to the answer.
        var jobTimeout: Duration
        var admission: AdmissionLimits
        var flights = 4096
    }

    struct State: ~Copyable {
        var queue: AdmissionQueue<UInt64>
        var jobs: [UInt64: DeskJob] = [:]
        /// Waiting renditions of each original, so that they are made together.
        var waiting: [ContentHash: [UInt64]] = [:]
        var batches: [UInt64: Batch] = [:]
        var lastNumber: UInt64 = 0
    }

    /// What one worker does at a time.
    struct Batch {
        let start: AdmissionQueue<UInt64>.Start
        let startedAt: UInt64
        /// By output index; those that are answered are gone from `jobs`.
        let members: [UInt64]
        var isAbandoned = false
    }

    let settings: Settings
    let originals: any Originals
    let finisher: RenditionFinisher
    let metrics: Metrics
    let flights: Flights
    let state: Mutex<State>
    private let pool = Mutex<WorkerPool?>(nil)

    init(
        settings: Settings, originals: any Originals, finisher: RenditionFinisher,
        metrics: Metrics
    ) {
        self.settings = settings
        self.originals = originals
        self.finisher = finisher
        self.metrics = metrics
        flights = Flights(capacity: settings.flights)
        state = Mutex(State(queue: AdmissionQueue(limits: settings.admission)))
    }

    /// The pool pulls jobs from here, so it is made after this.
    func attach(_ pool: WorkerPool) { self.pool.withLock { $0 = pool } }

    func poke() { pool.withLock { $0 }?.poke() }
    func cancelJob(_ number: UInt64) { pool.withLock { $0 }?.cancel(JobID(number)) }

    // MARK: Offers

    /// How a request came to its rendition.
    enum Boarding {
        case leads, joined
        /// The flight has landed and its value is not in the cache's files yet.
        case late
    }

    /// Makes a rendition or joins who is making it. `answer` is called once, on any thread,
    /// unless `abandon` is called before.
    func board(
        _ order: RenditionOrder,
        answer: @escaping @Sendable (Flights.Outcome, Boarding) -> Void
    ) -> Flights.Ticket? {
        let role = Mutex(Boarding.joined)
        let shared = SharedRole(role)
        switch flights.board(order.key, waiter: { answer($0, shared.value) }) {
        case .joined(let ticket):
            metrics.count(.coalescedRequests)
            return ticket
        case .landed(let outcome):
            metrics.count(.cacheHits)
            answer(.landed(outcome), .late)
            return nil
        case .full:
            answer(.landed(.failed(.overloaded(retryAfterSeconds: 1))), .joined)
            return nil
        case .leads(let permit, let ticket):
            shared.set(.leads)
            metrics.count(.cacheMisses)
            offer(order, permit)
            return ticket
        }
    }

    private func offer(_ order: RenditionOrder, _ permit: consuming Flights.Permit) {
        let landing = Landing(permit)
        let now = Clock.monotonic()
        let cost = order.cost(limits: settings.limits.output)
        let (number, refusal) = state.withLock { state -> (UInt64, Int?) in
            let job = DeskJob(
                work: .rendition(order, landing), offeredAt: Clock.monotonicNanoseconds(),
                deadline: now + settings.jobTimeout)
            return state.offer(job, cost: cost)
        }
        if let refusal {
            metrics.count(.jobsOverload)
            return landing.land(.failed(.overloaded(retryAfterSeconds: refusal)))
        }
        landing.whenEmpty { [weak self] in self?.abandon(number) }
        poke()
    }

    /// What a worker says of an upload. Bounded like every job.
    func probe(_ file: SharedDescriptor, byteCount: Int) async -> ProbeOutcome {
        await withCheckedContinuation { continuation in
            let now = Clock.monotonic()
            let refusal = state.withLock { state in
                let job = DeskJob(
                    work: .probe(file, ProbeAnswer(continuation)),
                    offeredAt: Clock.monotonicNanoseconds(), deadline: now + settings.jobTimeout)
                return state.offer(job, cost: 2000).refusal
            }
            if let refusal {
                metrics.count(.jobsOverload)
                continuation.resume(returning: .failed(.overloaded(retryAfterSeconds: refusal)))
            } else {
                poke()
            }
        }
    }

    /// Nobody waits for the job any more.
    private func abandon(_ number: UInt64) {
        let batchToKill = state.withLock { state in state.abandon(number) }
        metrics.count(.jobsAbandoned)
        if let batchToKill { cancelJob(batchToKill) }
    }

    /// Answers jobs that waited past their deadline though no worker got free. Called now and then.
    func expire() {
        let expired = state.withLock { state in
            state.queue.expire(now: Clock.monotonic()).compactMap { state.takeWaiting($0) }
        }
        for job in expired {
            metrics.count(.jobsPastDeadline)
            job.fail(.timedOut)
        }
    }
}

/// Set once the flight says who leads, before the answer can come.
private final class SharedRole: Sendable {
    private let role: Mutex<RenderDesk.Boarding>
    init(_ role: consuming Mutex<RenderDesk.Boarding>) { self.role = role }
    var value: RenderDesk.Boarding { role.withLock { $0 } }
    func set(_ value: RenderDesk.Boarding) { role.withLock { $0 = value } }
}
