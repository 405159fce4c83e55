/// Who gets the next free worker, and who is told to come back.
///
/// Jobs wait in three lanes. The lanes share the workers' time by weight, by deficit round robin
/// over the jobs' estimated costs: a lane with jobs gets at least its share however full the others
/// are, and what it does not use goes to the others. Within a lane clients share what it gets, by
/// `FairJobs`. What waits is bounded by count, cost and bytes. At a bound room is made by the
/// client who has most waiting, whose newest job is displaced; where that would be who comes, his
/// job is refused with the seconds after which the lane will have drained. So a lone client has the
/// whole lane, and of several none can keep another from his share.
///
/// A value without clock or I/O: `now` and deadlines are monotonic times since any one moment.
/// Every job that was queued comes out once: to run, expired, cancelled, or displaced.
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
        package let lane: Lane
        package let client: JobClient
        fileprivate let number: UInt64
    }

    /// What a running job is accounted for with.
    package struct Start: Hashable, Sendable {
        package let lane: Lane
        package let client: JobClient
        package let cost: UInt64
    }

    private struct LaneState: Sendable {
        var waiting = FairJobs<Job>()
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
    private var displaced: [Job] = []

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
    /// It may displace others: see `takeDisplaced`.
    package mutating func offer(
        _ job: Job, of client: JobClient = .anybody, lane: Lane, cost: UInt64,
        bytes jobBytes: UInt64 = 0, deadline: Duration
    ) -> Offer {
        let entry = WaitingJobs.Entry(
            job: job, cost: min(max(1, cost), Self.maxCost), bytes: jobBytes, deadline: deadline)
        while !fits(entry, in: lane) {
            guard displaceOne(for: entry, of: client, in: lane) else {
                return .refused(
                    retryAfterSeconds: retryAfterSeconds(lane, client, cost: entry.cost))
            }
        }
        return .queued(append(entry, of: client, to: lane))
    }

    /// The jobs that had to make room since this was asked last.
    package mutating func takeDisplaced() -> [Job] {
        defer { displaced.removeAll() }
        return displaced
    }

    /// What to do next with a free worker; `nil`: nothing. After an expired job ask again.
    ///
    /// - Parameter isReserve: the worker is for what is soon done.
    package mutating func next(now: Duration, isReserve: Bool = false) -> Turn? {
        for lane in Lane.allCases {
            guard let first = lanes[lane.index].waiting.first, first.entry.deadline <= now,
                let entry = remove(first.number, of: first.client, from: lane)
            else { continue }
            return .expired(entry.job)
        }
        guard let lane = isReserve ? reserveLane : laneToServe(),
            let first = lanes[lane.index].waiting.first
        else { return nil }
        return begin(first.number, of: first.client, in: lane)
            .map { .run($0.job, $0.start) }
    }

    /// Takes out all whose deadline has passed, so that they are answered though no worker is free.
    package mutating func expire(now: Duration) -> [Job] {
        var jobs: [Job] = []
        for lane in Lane.allCases {
            for (number, client) in lanes[lane.index].waiting.expired(at: now) {
                if let entry = remove(number, of: client, from: lane) { jobs.append(entry.job) }
            }
        }
        return jobs
    }

    /// The job, if it still waited; `nil` when it runs, expired or was cancelled before.
    package mutating func cancel(_ ticket: Ticket) -> Job? {
        remove(ticket.number, of: ticket.client, from: ticket.lane)?.job
    }

    /// Somebody else waits for the job too: it becomes one of his where it runs sooner as that,
    /// and then he pays for it. The new ticket, if it was moved.
    package mutating func share(
        _ ticket: Ticket, with client: JobClient, lane: Lane, deadline: Duration
    ) -> Ticket? {
        let isLifted = ticket.lane == .background && lane != .background
        guard let entry = lanes[ticket.lane.index].waiting.entry(ticket.number, of: ticket.client)
        else { return nil }
        if isLifted {
            // Where there is no room it stays what it was.
            guard hasRoom(for: entry.cost, in: lane) else { return nil }
            _ = remove(ticket.number, of: ticket.client, from: ticket.lane)
            let lifted = WaitingJobs.Entry(
                job: entry.job, cost: entry.cost, bytes: entry.bytes, deadline: deadline)
            return append(lifted, of: client, to: lane)
        }
        guard client != ticket.client,
            lanes[ticket.lane.index].waiting.isSooner(
                ticket.number, of: ticket.client, asOneOf: client)
        else { return nil }
        _ = remove(ticket.number, of: ticket.client, from: ticket.lane)
        return append(entry, of: client, to: ticket.lane)
    }

    /// A waiting job runs along with another one, out of its turn: lane and client pay for it.
    /// `nil` when it does not wait any more.
    package mutating func join(_ ticket: Ticket) -> (job: Job, start: Start)? {
        begin(ticket.number, of: ticket.client, in: ticket.lane)
    }

    /// A worker is free again.
    package mutating func finished(_ start: Start, elapsed: Duration) {
        finished([start], cost: start.cost, elapsed: elapsed)
    }

    /// The same of jobs that ran together. `cost` is what that was estimated at: less than the sum
    /// where they shared work. What they took beyond what their clients have paid these pay now.
    package mutating func finished(_ starts: [Start], cost: UInt64, elapsed: Duration) {
        let paid = starts.reduce(0.0) { $0 + Double($1.cost) }
        let taken = max(0, elapsed / .microseconds(1))
        for start in starts {
            let owed = Double(start.cost) * (taken - paid) / max(1, paid)
            lanes[start.lane.index].waiting.charge(
                start.client, Int64(min(max(owed, -1e15), 1e15)))
            ended(start)
        }
        drain.finished(cost: max(1, cost), elapsed: elapsed)
    }

    /// A job that was begun has ended without having had a worker.
    package mutating func ended(_ start: Start) {
        let lane = start.lane.index
        precondition(lanes[lane].running > 0, "a job finished that never ran")
        lanes[lane].running -= 1
        if lanes[lane].running == 0, lanes[lane].waiting.isEmpty { lanes[lane].waiting.settle() }
    }

    /// How long a client's job offered now will wait for a worker, as far as can be foreseen.
    package func expectedWait(
        in lane: Lane, of client: JobClient = .anybody, cost: UInt64 = 0
    ) -> Duration {
        let cost = min(cost, Self.maxCost)
        let ahead = lanes[lane.index].waiting.costAhead(of: client, offering: cost)
        return ahead == 0 ? .zero : .seconds(drainSeconds(lane, cost: ahead))
    }

    /// Whether somebody else than these waits for what is soon done.
    package func hasSmallJob(besides clients: Set<JobClient>) -> Bool {
        lanes[Lane.small.index].waiting.hasJob(besides: clients)
    }
}

// MARK: - Places

extension AdmissionQueue {
    private func fits(_ entry: WaitingJobs<Job>.Entry, in lane: Lane) -> Bool {
        let (sum, overflow) = bytes.addingReportingOverflow(entry.bytes)
        return hasRoom(for: entry.cost, in: lane)
            && (bytes == 0 || !overflow && sum <= limits.bytes)
    }

    private func hasRoom(for cost: UInt64, in lane: Lane) -> Bool {
        hasPlace(in: lane) && affords(cost, in: lane)
    }

    private func hasPlace(in lane: Lane) -> Bool {
        lanes[lane.index].waiting.count < limits[lane].jobs
    }

    private func affords(_ cost: UInt64, in lane: Lane) -> Bool {
        let waiting = lanes[lane.index].waiting.cost
        return waiting == 0 || waiting + cost <= limits[lane].cost
    }

    /// Takes out the newest job of who has most of what is short, unless that is who comes.
    private mutating func displaceOne(
        for entry: WaitingJobs<Job>.Entry, of client: JobClient, in lane: Lane
    ) -> Bool {
        let use = lanes[lane.index].waiting.use(of: client)
        if !hasPlace(in: lane) {
            guard let most = lanes[lane.index].waiting.greatest(by: \.jobs),
                most.use.jobs > use.jobs + 1
            else { return false }
            return displace(most.client, in: lane)
        }
        if !affords(entry.cost, in: lane) {
            guard let most = lanes[lane.index].waiting.greatest(by: \.cost),
                most.use.cost > use.cost + entry.cost
            else { return false }
            return displace(most.client, in: lane)
        }
        let most = Lane.allCases.compactMap { lane in
            lanes[lane.index].waiting.greatest(by: \.bytes).map { (lane: lane, of: $0) }
        }.max { $0.of.use.bytes < $1.of.use.bytes }
        let own = Lane.allCases.reduce(UInt64(0)) {
            $0 + lanes[$1.index].waiting.use(of: client).bytes
        }
        let (sum, overflow) = own.addingReportingOverflow(entry.bytes)
        guard let most, !overflow, most.of.use.bytes > sum else { return false }
        return displace(most.of.client, in: most.lane)
    }

    private mutating func displace(_ client: JobClient, in lane: Lane) -> Bool {
        guard let (_, entry) = lanes[lane.index].waiting.removeNewest(of: client)
        else { return false }
        forget(entry, in: lane)
        displaced.append(entry.job)
        return true
    }

    private mutating func append(
        _ entry: WaitingJobs<Job>.Entry, of client: JobClient, to lane: Lane
    ) -> Ticket {
        lastNumber += 1
        bytes += entry.bytes
        lanes[lane.index].waiting.append(entry, number: lastNumber, of: client)
        return Ticket(lane: lane, client: client, number: lastNumber)
    }

    private mutating func begin(
        _ number: UInt64, of client: JobClient, in lane: Lane
    ) -> (job: Job, start: Start)? {
        guard let entry = lanes[lane.index].waiting.begin(number, of: client) else { return nil }
        lanes[lane.index].deficit -= min(lanes[lane.index].deficit, entry.cost)
        lanes[lane.index].running += 1
        forget(entry, in: lane)
        return (entry.job, Start(lane: lane, client: client, cost: entry.cost))
    }

    private mutating func remove(
        _ number: UInt64, of client: JobClient, from lane: Lane
    ) -> WaitingJobs<Job>.Entry? {
        guard let entry = lanes[lane.index].waiting.remove(number, of: client) else { return nil }
        forget(entry, in: lane)
        return entry
    }

    private mutating func forget(_ entry: WaitingJobs<Job>.Entry, in lane: Lane) {
        bytes -= entry.bytes
        // An empty lane saves nothing up, and the others nothing for a job that has gone.
        let spare = lanes[lane.index].waiting.first.map { max($0.entry.cost, quantum(lane)) }
        lanes[lane.index].deficit = min(lanes[lane.index].deficit, spare ?? 0)
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

    private var reserveLane: Lane? { mayBeServed(.small) ? .small : nil }

    private func mayBeServed(_ lane: Lane) -> Bool {
        !lanes[lane.index].waiting.isEmpty && lanes[lane.index].running < limits[lane].running
    }

    /// What the lane lacks to pay for its first job.
    private func missing(_ lane: Lane) -> UInt64 {
        let cost = lanes[lane.index].waiting.first?.entry.cost ?? 0
        return cost - min(cost, lanes[lane.index].deficit)
    }

    private func quantum(_ lane: Lane) -> UInt64 { Self.quantum * UInt64(limits[lane].weight) }

    private func retryAfterSeconds(_ lane: Lane, _ client: JobClient, cost: UInt64) -> Int {
        let range = Self.retryAfterSeconds
        let ahead = lanes[lane.index].waiting.costAhead(of: client, offering: cost)
        let seconds = drainSeconds(lane, cost: ahead + cost)
        return Int(min(max(seconds, range.lowerBound), range.upperBound).rounded(.up))
    }

    /// When the lane will have done so much, at the measured speed of its share of the workers.
    private func drainSeconds(_ lane: Lane, cost: UInt64) -> Double {
        let busy = Lane.allCases.filter { $0 == lane || !lanes[$0.index].waiting.isEmpty }
        let weights = busy.reduce(0) { $0 + limits[$1].weight }
        let share = Double(limits[lane].weight) / Double(weights)
        let workers = min(Double(limits.workers) * share, Double(limits[lane].running))
        return Double(cost) / 1e6 * drain.slowness / workers
    }
}
