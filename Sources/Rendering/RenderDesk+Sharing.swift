internal import Coalescing
internal import LinuxIO
package import Rendition
internal import Synchronization
internal import Telemetry
internal import WorkerLink

/// How clients share the desk: what is left, joined, pushed aside, and remembered.
extension RenderDesk {
    /// A rendition that would fail again is not made again for so long.
    private static let memorySeconds = 6 * 3600
    /// One that took all of its time may have been late by others' doing.
    private static let timeoutMemorySeconds = 60

    /// No more than a job may take of the processor: what is dearer is ended by then.
    func cost(of order: RenditionOrder, from source: JobInput) -> Queue.Cost {
        let hasMaster = source.masterOf != nil && masters?.contains(order.key.original) == true
        var cost = Queue.Cost(
            rendition: order, limits: settings.limits.output,
            from: hasMaster
                ? order.plan(limits: settings.limits.output, style: settings.style) : nil)
        let most = UInt64(settings.limits.processorSeconds) * 1_000_000
        (cost.shared, cost.own) = (min(cost.shared, most), min(cost.own, most))
        return cost
    }

    // MARK: Waiters

    /// Somebody else waits for what has been asked for: his share counts too.
    func share(_ number: UInt64, with order: RenditionOrder) {
        // Of a crowd most join what runs already.
        guard queue.withLock({ $0.canShare(number, with: order.client) }) else { return }
        let lane = cost(of: order, from: source(of: order)).lane
        let deadline = Clock.monotonic() + settings.jobTimeout
        queue.withLock { $0.share(number, with: order.client, lane: lane, deadline: deadline) }
    }

    /// Nobody waits for the job any more. `false`: it goes on.
    @discardableResult
    func abandon(_ number: UInt64) -> Bool {
        let now = Clock.monotonic()
        // The job outlives the lock: with its end others may be told.
        let (abandonment, job) = queue.withLock { $0.abandon(number, now: now) }
        return withExtendedLifetime(job) {
            switch abandonment {
            case .late: return true
            case .kept: return false
            case .dropped: metrics.count(.jobsAbandoned)
            case .emptied(let batch):
                metrics.count(.jobsAbandoned)
                cancelJob(batch)
            }
            return true
        }
    }

    /// Another client's job takes its place.
    func displace(_ job: DeskJob, _ lane: Lane) {
        metrics.count(.jobsOverload)
        let wait = queue.withLock { $0.expectedWait(in: lane, of: job.client) }
        let seconds = Int(clamping: wait.components.seconds)
        job.fail(.overloaded(retryAfterSeconds: min(max(1, seconds), 120)))
    }

    // MARK: Time

    /// Called a few times a second, on the pool's thread.
    func tick() {
        let now = Clock.monotonic()
        for job in queue.withLock({ $0.expire(now: now) }) { expire(job) }
        guard let (batch, jobs) = queue.withLock({ $0.takeOverrun(now: now) }) else { return }
        cancelJob(batch)
        for job in jobs {
            switch job.work {
            case .rendition(let order, let landing):
                offer(order, landing, lane: .large, isRetry: job.isRetry)
            case .probe(let order, let answer):
                offer(order, answer, lane: .large, isRetry: job.isRetry)
            }
        }
    }

    func expire(_ job: DeskJob) {
        metrics.count(.jobsPastDeadline)
        job.fail(.timedOut)
    }

    // MARK: Failures

    /// What the rendition failed with, if it would again.
    func remembered(_ order: RenditionOrder) -> RenditionFailure? {
        let now = Clock.monotonic()
        return failures.withLock { $0.failure(of: order.key, now: now) }
    }

    func remember(_ failure: RenditionFailure, of order: RenditionOrder) {
        let seconds =
            if case .timedOut = failure { Self.timeoutMemorySeconds } else { Self.memorySeconds }
        let now = Clock.monotonic()
        failures.withLock {
            $0.remember(
                failure, of: order.key, by: order.client, until: now + .seconds(seconds), now: now)
        }
    }

    /// As if none of its renditions had been tried.
    package func forgetFailures(of original: ContentHash) {
        failures.withLock { $0.forget { $0.original == original } }
    }
}
