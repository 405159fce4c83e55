/// Who gets the next free worker, and who is told to come back.
///
/// Jobs wait in three lanes. The lanes share the workers' time by weight, by deficit round robin
/// over the jobs' estimated costs: a lane with jobs gets at least its share however full the others
/// are, and what it does not use goes to the others. What waits is bounded by count, cost and
/// bytes; beyond that a job is refused with the seconds after which its lane will have drained.
///
/// A value without clock or I/O: `now` and deadlines are monotonic times since any one moment.
/// Every job that was queued comes out once: to run, expired, or cancelled.
package struct AdmissionQueue<Job: Sendable>: ~Copyable, Sendable {
    package enum Offer: Sendable {
        case queued(Ticket)
        case refused(retryAfterSeconds: Int)
    }

    package enum Turn: Sendable {
        /// Give it to a worker, and say `finished` when it is over, however it ended.
        case run(Job, Start)
        /// It waited past its deadline.
        case expired(Job)
    }

    package struct Ticket: Hashable, Sendable {
        fileprivate let lane: Lane
        fileprivate let number: UInt64
    }

    /// What a running job is accounted for with.
    package struct Start: Hashable, Sendable {
        package let lane: Lane
        package let cost: UInt64
    }

    private struct LaneState: Sendable {
        var waiting = WaitingJobs<Job>()
        var running = 0
        /// Cost that the lane may still spend in this round.
        var deficit: UInt64 = 0
    }

    /// A job counts for at most this: about an hour.
    private static var maxCost: UInt64 { 1 << 32 }
    /// What a weight of one may spend in a round.
    private static var quantum: UInt64 { 10_000 }
    private static var retryAfterSeconds: ClosedRange<Double> { 1...120 }

    private let limits: AdmissionLimits
    private var lanes: [LaneState]
    /// The lane whose turn it is, and whether it has had its quantum for this turn.
    private var current = Lane.small
    private var hasQuantum = false
    private var bytes: UInt64 = 0
    private var lastNumber: UInt64 = 0
    private var drain = DrainRate()

    package init(limits: AdmissionLimits) {
        self.limits = limits
        lanes = Lane.allCases.map { _ in LaneState() }
    }

    package func waiting(in lane: Lane) -> Int { lanes[lane.index].waiting.count }
    package func waitingCost(in lane: Lane) -> UInt64 { lanes[lane.index].waiting.cost }
    package func running(in lane: Lane) -> Int { lanes[lane.index].running }
    package var waitingBytes: UInt64 { bytes }

    /// When `expire` is to be called next. O(jobs waiting).
    package var earliestDeadline: Duration? {
        Lane.allCases.compactMap { lanes[$0.index].waiting.earliestDeadline }.min()
    }

    /// `cost`: estimated microseconds of a worker; `jobBytes`: what the job holds while it waits.
    package mutating func offer(
        _ job: Job, lane: Lane, cost: UInt64, bytes jobBytes: UInt64 = 0, deadline: Duration
    ) -> Offer {
        let cost = min(max(1, cost), Self.maxCost)
        let bounds = limits[lane]
        let waiting = lanes[lane.index].waiting
        let (newBytes, overflow) = bytes.addingReportingOverflow(jobBytes)
        let isAlone = waiting.isEmpty
        guard waiting.count < bounds.jobs, isAlone || waiting.cost + cost <= bounds.cost,
            !overflow, newBytes <= limits.bytes || bytes == 0
        else { return .refused(retryAfterSeconds: retryAfterSeconds(lane, cost: cost)) }
        lastNumber += 1
        bytes = newBytes
        lanes[lane.index].waiting.append(
            WaitingJobs.Entry(job: job, cost: cost, bytes: jobBytes, deadline: deadline),
            number: lastNumber)
        return .queued(Ticket(lane: lane, number: lastNumber))
    }

    /// What to do next with a free worker; `nil`: nothing. After an expired job ask again.
    package mutating func next(now: Duration) -> Turn? {
        for lane in Lane.allCases {
            guard let first = lanes[lane.index].waiting.first, first.entry.deadline <= now,
                let entry = remove(first.number, from: lane)
            else { continue }
            return .expired(entry.job)
        }
        guard let lane = laneToServe(), let first = lanes[lane.index].waiting.first
        else { return nil }
        lanes[lane.index].deficit -= first.entry.cost
        lanes[lane.index].running += 1
        _ = remove(first.number, from: lane)
        return .run(first.entry.job, Start(lane: lane, cost: first.entry.cost))
    }

    /// Takes out all whose deadline has passed, so that they are answered though no worker is free.
    package mutating func expire(now: Duration) -> [Job] {
        var jobs: [Job] = []
        for lane in Lane.allCases {
            for number in lanes[lane.index].waiting.expired(at: now) {
                if let entry = remove(number, from: lane) { jobs.append(entry.job) }
            }
        }
        return jobs
    }

    /// The job, if it still waited; `nil` when it runs, expired or was cancelled before.
    package mutating func cancel(_ ticket: Ticket) -> Job? {
        remove(ticket.number, from: ticket.lane)?.job
    }

    /// A waiting job runs along with another one, out of its turn: its lane pays for it as far as
    /// it can. `nil` when it does not wait any more.
    package mutating func join(_ ticket: Ticket) -> (job: Job, start: Start)? {
        guard let entry = remove(ticket.number, from: ticket.lane) else { return nil }
        lanes[ticket.lane.index].deficit -= min(lanes[ticket.lane.index].deficit, entry.cost)
        lanes[ticket.lane.index].running += 1
        return (entry.job, Start(lane: ticket.lane, cost: entry.cost))
    }

    /// A worker is free again.
    package mutating func finished(_ start: Start, elapsed: Duration) {
        finished([start], cost: start.cost, elapsed: elapsed)
    }

    /// The same of jobs that ran together. `cost` is what that was estimated at: less than the sum
    /// where they shared work.
    package mutating func finished(_ starts: [Start], cost: UInt64, elapsed: Duration) {
        for start in starts { ended(start) }
        drain.finished(cost: max(1, cost), elapsed: elapsed)
    }

    /// A job that was begun has ended without having had a worker.
    package mutating func ended(_ start: Start) {
        precondition(lanes[start.lane.index].running > 0, "a job finished that never ran")
        lanes[start.lane.index].running -= 1
    }

    /// How long a job offered now will wait for a worker, as far as can be foreseen.
    package func expectedWait(in lane: Lane) -> Duration {
        lanes[lane.index].waiting.isEmpty ? .zero : .seconds(drainSeconds(lane, cost: 0))
    }

    private mutating func remove(_ number: UInt64, from lane: Lane) -> WaitingJobs<Job>.Entry? {
        guard let entry = lanes[lane.index].waiting.remove(number) else { return nil }
        bytes -= entry.bytes
        // An empty lane saves nothing up, and the others nothing for a job that has gone.
        let spare = lanes[lane.index].waiting.first.map { max($0.entry.cost, quantum(lane)) }
        lanes[lane.index].deficit = min(lanes[lane.index].deficit, spare ?? 0)
        return entry
    }
}

// MARK: - Turns

extension AdmissionQueue {
    /// Deficit round robin (Shreedhar and Varghese, 1995): a lane whose turn it is gets its
    /// quantum, is served while that lasts, and keeps the rest for its next turn.
    private mutating func laneToServe() -> Lane? {
        let eligible = Lane.allCases.filter { mayBeServed($0) }
        guard !eligible.isEmpty else { return nil }
        while true {
            for _ in Lane.allCases {
                if mayBeServed(current) {
                    if !hasQuantum { lanes[current.index].deficit += quantum(current) }
                    hasQuantum = true
                    if missing(current) == 0 { return current }
                }
                (current, hasQuantum) = (current.following, false)
            }
            // The rounds in which none could afford its job, all at once.
            let rounds = eligible.map { missing($0) / quantum($0) }.min() ?? 0
            for lane in eligible { lanes[lane.index].deficit += rounds * quantum(lane) }
        }
    }

    private func mayBeServed(_ lane: Lane) -> Bool {
        !lanes[lane.index].waiting.isEmpty && lanes[lane.index].running < limits[lane].running
    }

    /// What the lane lacks to pay for its first job.
    private func missing(_ lane: Lane) -> UInt64 {
        let cost = lanes[lane.index].waiting.first?.entry.cost ?? 0
        return cost - min(cost, lanes[lane.index].deficit)
    }

    private func quantum(_ lane: Lane) -> UInt64 { Self.quantum * UInt64(limits[lane].weight) }

    private func retryAfterSeconds(_ lane: Lane, cost: UInt64) -> Int {
        let range = Self.retryAfterSeconds
        let seconds = drainSeconds(lane, cost: cost)
        return Int(min(max(seconds, range.lowerBound), range.upperBound).rounded(.up))
    }

    /// When the lane will have drained: its cost at the measured speed of its share of the workers.
    private func drainSeconds(_ lane: Lane, cost: UInt64) -> Double {
        let busy = Lane.allCases.filter { $0 == lane || !lanes[$0.index].waiting.isEmpty }
        let weights = busy.reduce(0) { $0 + limits[$1].weight }
        let share = Double(limits[lane].weight) / Double(weights)
        let workers = min(Double(limits.workers) * share, Double(limits[lane].running))
        let work = Double(lanes[lane.index].waiting.cost + cost) / 1e6 * drain.slowness
        return work / workers
    }
}
