package import Coalescing
internal import ImageIndex
internal import LinuxIO
internal import Originals
package import Rendition
package import RenditionCache
internal import Synchronization
package import Telemetry
package import WorkerLink
internal import Workers

/// Where misses become work: requests for one rendition join one flight, flights become jobs, jobs
/// wait in lanes, and all jobs of one original go to a worker together, as one decoding: of its
/// master where that serves, else of the original.
///
/// All that stands between a job's offer and its end is in `queue`, under one lock that is never
/// held across a call out.
package final class RenderDesk: Sendable {
    package typealias Flights = RenditionFlights
    typealias Queue = BatchQueue<JobInput, DeskJob>

    package struct Settings: Equatable, Sendable {
        package var limits = JobLimits()
        package var style = Style()
        /// From the offer to the answer.
        package var jobTimeout = Duration.seconds(20)
        /// That may wait, of what is soon done.
        package var queueJobs = 512
        /// Of the originals of all that wait.
        package var queueBytes = 512 << 20
        package var watermarks = WatermarkStore()
        /// A negotiated AVIF that would take longer is put off.
        var dearBudget = Duration.seconds(1)
        /// How long a job that nobody waits for may wait.
        var backgroundTimeout = Duration.seconds(600)

        package init() {}

        fileprivate func admission(workers: Int) -> AdmissionLimits {
            var admission = AdmissionLimits(workers: workers)
            admission.small.jobs = queueJobs
            admission.bytes = UInt64(queueBytes)
            // What nobody waits for leaves a worker to the others.
            admission.background.running = max(1, workers - 1)
            return admission
        }
    }

    let settings: Settings
    let originals: any Originals
    /// `nil`: everything is made of the originals.
    package let masters: MasterStore?
    let finisher: RenditionFinisher
    package let metrics: Metrics
    package let flights: Flights
    let queue: Mutex<Queue>
    /// What the first worker said of itself; the others say the same.
    package let workers: Greeting
    /// Of renditions that would fail again.
    let failures = Mutex(FailureMemory<RenditionKey, RenditionFailure>(capacity: 16_384))
    let pool: WorkerPool

    /// - Parameter workerCount: those that work at the same time, without the reserve.
    init(
        settings: Settings, originals: any Originals, masters: MasterStore?,
        finisher: RenditionFinisher, metrics: Metrics, pool: WorkerPool, workers: Greeting,
        workerCount: Int
    ) {
        self.settings = settings
        self.originals = originals
        self.masters = masters
        self.finisher = finisher
        self.metrics = metrics
        self.pool = pool
        self.workers = workers
        let admission = settings.admission(workers: workerCount)
        // As many as jobs, those that run and wait for their group included, and some more for
        // what has landed and is on its way into the cache.
        let lanes = admission.small.jobs + admission.large.jobs + admission.background.jobs
        flights = Flights(capacity: lanes + 32 * (workerCount + 1) + 1024)
        queue = Mutex(Queue(limits: .init(admission: admission)))
    }

    /// What its workers are, as a part of every key.
    package var pipeline: PipelineVersion { finisher.pipeline }
    package var cache: RenditionCache { finisher.cache }

    func poke() { pool.poke() }
    func cancelJob(_ number: UInt64) { pool.cancel(JobID(number)) }

    // MARK: Offers

    /// How a request came to its rendition.
    package enum Boarding {
        case leads, joined
        /// The flight has landed and its value is not in the cache's files yet.
        case late

        package var cacheResult: CacheResult {
            switch self {
            case .leads: .miss
            case .joined: .collapsed
            case .late: .hit
            }
        }
    }

    /// Makes a rendition or joins who is making it. `answer` is called once, on any thread,
    /// unless `abandon` is called before.
    package func board(
        _ order: RenditionOrder,
        answer: @escaping @Sendable (Flights.Outcome, Boarding) -> Void
    ) -> Flights.Ticket? {
        if let failure = remembered(order) {
            answer(.landed(.failed(failure)), .late)
            return nil
        }
        let role = Mutex(Boarding.joined)
        let shared = SharedRole(role)
        switch flights.board(order.key, waiter: { answer($0, shared.value) }) {
        case .joined(let ticket, let work):
            metrics.count(.coalescedRequests)
            if let work { share(work, with: order) }
            return ticket
        case .landed(let outcome):
            metrics.count(.cacheHits)
            answer(.landed(outcome), .late)
            return nil
        case .full:
            answer(.landed(.failed(.overloaded(retryAfterSeconds: 1))), .joined)
            return nil
        case .leads(let permit, let ticket):
            if let kept = finisher.kept(order) {
                shared.set(.late)
                metrics.count(.cacheHits)
                permit.land(.made(kept))
                return ticket
            }
            shared.set(.leads)
            metrics.count(.cacheMisses)
            offer(order, Landing(permit), lane: nil)
            return ticket
        }
    }

    /// Whether there is a queue that makes the rendition miss its time.
    package func isLate(_ order: RenditionOrder) -> Bool {
        let cost = cost(of: order, from: source(of: order))
        let wait = queue.withLock {
            $0.expectedWait(in: cost.lane, of: order.client, cost: cost.sum)
        }
        let work = Duration.microseconds(Int64(clamping: cost.sum))
        return wait > .milliseconds(200) && wait + work > settings.dearBudget
    }

    /// Makes a rendition that nobody waits for, when there is time.
    package func makeLater(_ order: RenditionOrder) {
        guard remembered(order) == nil else { return }
        switch flights.board(order.key, waiter: { _ in }) {
        case .leads(let permit, _): offerInBackground(order, permit)
        case .joined(let ticket, _): flights.leave(ticket)
        case .landed: break
        case .full: break
        }
    }

    /// Several renditions, for which no client waits. They share a decode where they can; a client
    /// that asks for one of them meanwhile joins it. Returns when the outcome of each is known.
    func makeInBackground(_ orders: [RenditionOrder]) async -> [RenditionOutcome] {
        await withCheckedContinuation { continuation in
            let outcomes = SharedOutcomes(count: orders.count) {
                continuation.resume(returning: $0)
            }
            for (index, order) in orders.enumerated() {
                if let failure = remembered(order) {
                    outcomes.set(index, .failed(failure))
                    continue
                }
                let waiter: @Sendable (Flights.Outcome) -> Void = { outcome in
                    switch outcome {
                    case .landed(let outcome): outcomes.set(index, outcome)
                    case .abandoned: outcomes.set(index, .failed(.abandoned))
                    }
                }
                switch flights.board(order.key, waiter: waiter) {
                case .leads(let permit, _): offerInBackground(order, permit)
                case .joined: break
                case .landed(let outcome): outcomes.set(index, outcome)
                case .full: outcomes.set(index, .failed(.overloaded(retryAfterSeconds: 1)))
                }
            }
        }
    }

    private func offerInBackground(_ order: RenditionOrder, _ permit: consuming Flights.Permit) {
        if let kept = finisher.kept(order) { return permit.land(.made(kept)) }
        offer(order, Landing(permit), lane: .background)
    }

    /// For whoever lost a worker through no fault of the original: once more, and then no more.
    func offerAgain(_ order: RenditionOrder, _ landing: Landing) {
        offer(order, landing, lane: nil, isRetry: true)
    }

    /// - Parameter ofOriginal: too little of the master is left.
    func offer(
        _ order: RenditionOrder, _ landing: Landing, lane: Lane?, isRetry: Bool = false,
        ofOriginal: Bool = false
    ) {
        let source = source(of: order, hasMaster: !ofOriginal)
        if needsNoOriginal(source, isRetry: isRetry) {
            return offer(order, landing, of: source, nil, lane: lane, isRetry: isRetry)
        }
        bring(order.key.original) { [self] hold in
            offer(order, landing, of: source, hold, lane: lane, isRetry: isRetry)
        } orFail: { failure in
            landing.land(.failed(failure))
        }
    }

    private func offer(
        _ order: RenditionOrder, _ landing: Landing, of source: JobInput, _ hold: OriginalHold?,
        lane: Lane?, isRetry: Bool
    ) {
        let cost = cost(of: order, from: source)
        switch offer(
            .rendition(order, landing), of: source, hold, lane: lane ?? cost.lane, cost,
            // What waits in the background must not shut out those who wait for an answer.
            byteCount: lane == .background ? 0 : order.original.byteCount, isRetry: isRetry)
        {
        case .refused(let seconds):
            landing.land(.failed(.overloaded(retryAfterSeconds: seconds)))
        case .queued(let number):
            flights.whenEmpty(landing.flight, work: number) { [weak self] in
                self?.abandon(number) ?? true
            }
        }
    }

    /// What a rendition is made of. The recipe and what is known of the original decide, and not
    /// what happens to be there: the same recipe is the same bytes.
    func source(of order: RenditionOrder, hasMaster: Bool = true) -> JobInput {
        let plan =
            masters == nil || !hasMaster
            ? nil : order.plan(limits: settings.limits.output, style: settings.style)
        return JobInput(
            original: order.key.original, masterOf: plan == nil ? nil : order.size,
            overlay: settings.watermarks.overlay(of: order.recipe))
    }

    private func offer(
        _ work: DeskJob.Work, of source: JobInput?, _ hold: OriginalHold?, lane: Lane,
        _ cost: Queue.Cost, byteCount: Int, isRetry: Bool
    ) -> Queue.Offer {
        let timeout = lane == .background ? settings.backgroundTimeout : settings.jobTimeout
        let deadline = Clock.monotonic() + timeout
        let job = DeskJob(
            work: work, source: source, offeredAt: Clock.monotonicNanoseconds(), deadline: deadline,
            isRetry: isRetry, hold: hold)
        let (offer, displaced) = queue.withLock { queue in
            let offer = queue.offer(
                job, of: job.client, group: job.group, lane: lane, cost: cost,
                bytes: UInt64(max(0, byteCount)), deadline: deadline)
            return (offer, queue.takeDisplaced())
        }
        for job in displaced { displace(job, lane) }
        if case .refused = offer { metrics.count(.jobsOverload) } else { poke() }
        return offer
    }

    /// What a worker says of an upload, and its master with it. Bounded like every job; a task that
    /// is cancelled ends the job.
    package func probe(_ order: ProbeOrder) async -> ProbeOutcome {
        let answer = ProbeAnswer()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answer.await(continuation)
                offer(order, answer)
            }
        } onCancel: {
            if let number = answer.cancel() { abandon(number, answer) }
        }
    }

    func offer(
        _ order: ProbeOrder, _ answer: ProbeAnswer, lane: Lane? = nil, isRetry: Bool = false
    ) {
        if order.file != nil {
            return offer(order, answer, nil, lane: lane, isRetry: isRetry)
        }
        bring(order.hash) { [self] hold in
            offer(order, answer, hold, lane: lane, isRetry: isRetry)
        } orFail: { failure in
            answer.give(.failed(failure))
        }
    }

    private func offer(
        _ order: ProbeOrder, _ answer: ProbeAnswer, _ hold: OriginalHold?, lane: Lane?,
        isRetry: Bool
    ) {
        let cost = Queue.Cost(probeOf: order.byteCount)
        switch offer(
            .probe(order, answer), of: nil, hold, lane: lane ?? cost.lane, cost,
            byteCount: order.byteCount, isRetry: isRetry)
        {
        case .refused(let seconds): answer.give(.failed(.overloaded(retryAfterSeconds: seconds)))
        case .queued(let number): if answer.setJob(number) { abandon(number, answer) }
        }
    }

    private func abandon(_ number: UInt64, _ answer: ProbeAnswer) {
        abandon(number)
        answer.give(.failed(.abandoned))
    }
}

/// Set once the flight says who leads, before the answer can come.
private final class SharedRole: Sendable {
    private let role: Mutex<RenderDesk.Boarding>
    init(_ role: consuming Mutex<RenderDesk.Boarding>) { self.role = role }
    var value: RenderDesk.Boarding { role.withLock { $0 } }
    func set(_ value: RenderDesk.Boarding) { role.withLock { $0 = value } }
}
