internal import Coalescing
internal import LinuxIO
internal import Rendition
internal import Synchronization
internal import WorkerLink

/// One thing a worker is asked for, and who is told.
struct DeskJob: Sendable {
    enum Work: Sendable {
        case rendition(RenditionOrder, Landing)
        case probe(SharedDescriptor, ProbeAnswer)
    }

    let work: Work
    /// Monotonic nanoseconds.
    let offeredAt: UInt64
    let deadline: Duration
    var ticket: AdmissionQueue<UInt64>.Ticket?

    var original: ContentHash? {
        if case .rendition(let order, _) = work { order.key.original } else { nil }
    }

    func fail(_ failure: RenditionFailure) {
        switch work {
        case .rendition(_, let landing): landing.land(.failed(failure))
        case .probe(_, let answer): answer.give(.failed(failure))
        }
    }
}

/// What a worker found of an upload.
enum ProbeOutcome: Sendable {
    case facts(ImageFacts)
    case refused(Refusal)
    case failed(RenditionFailure)
}

/// The duty to end a flight, kept where several may try.
final class Landing: Sendable {
    private let permit: Mutex<RenderDesk.Flights.Permit?>
    let flight: RenderDesk.Flights.FlightID

    init(_ permit: consuming RenderDesk.Flights.Permit) {
        flight = permit.id
        self.permit = Mutex(permit)
    }

    func whenEmpty(_ action: @escaping @Sendable () -> Void) {
        permit.withLock { $0?.whenEmpty(action) }
    }

    func land(_ outcome: RenditionOutcome, staysBoardable: Bool = false) {
        guard let permit = permit.withLock({ $0.take() }) else { return }
        permit.land(outcome, staysBoardable: staysBoardable)
    }
}

/// The one answer to a probe.
final class ProbeAnswer: Sendable {
    private let continuation: Mutex<CheckedContinuation<ProbeOutcome, Never>?>

    init(_ continuation: CheckedContinuation<ProbeOutcome, Never>) {
        self.continuation = Mutex(continuation)
    }

    func give(_ outcome: ProbeOutcome) {
        continuation.withLock { $0.take() }?.resume(returning: outcome)
    }
}

extension RenderDesk.State {
    /// Queues the job; the seconds to come back after when it may not wait.
    mutating func offer(_ job: DeskJob, cost: UInt64) -> (number: UInt64, refusal: Int?) {
        lastNumber += 1
        let number = lastNumber
        let lane: Lane = cost <= 120_000 ? .small : .large
        switch queue.offer(number, lane: lane, cost: cost, deadline: job.deadline) {
        case .refused(let seconds): return (number, seconds)
        case .queued(let ticket):
            var job = job
            job.ticket = ticket
            jobs[number] = job
            if let original = job.original { waiting[original, default: []].append(number) }
            return (number, nil)
        }
    }

    /// Takes a job that waits no more out of the books.
    mutating func takeWaiting(_ number: UInt64) -> DeskJob? {
        forget(number)
        return jobs.removeValue(forKey: number)
    }

    /// It is not among those that wait for their original any more.
    mutating func forget(_ number: UInt64) {
        jobs[number]?.ticket = nil
        guard let original = jobs[number]?.original else { return }
        waiting[original]?.removeAll { $0 == number }
        if waiting[original]?.isEmpty == true { waiting[original] = nil }
    }

    /// The batch to kill, when with this job nobody waits for any of it.
    mutating func abandon(_ number: UInt64) -> UInt64? {
        guard let job = jobs[number] else { return nil }
        if let ticket = job.ticket {
            _ = queue.cancel(ticket)
            _ = takeWaiting(number)
            return nil
        }
        jobs[number] = nil
        guard let (id, batch) = batches.first(where: { $0.value.members.contains(number) }),
            batch.members.allSatisfy({ jobs[$0] == nil })
        else { return nil }
        batches[id]?.isAbandoned = true
        return id
    }
}
