/// Jobs that wait for workers, of which those of one group – the renditions of one original – are
/// done together, because what is dear about them is done once.
///
/// A job is in exactly one place: it waits in its lane, or is held back, or belongs to a batch that
/// runs. A batch takes along all waiting jobs of its group. A job whose turn comes while its
/// group's batch runs is held back, and goes with the next batch of the group, before all that
/// waits and if it can be to the same worker, which still holds what the batch was made from.
/// Behind a batch that will take long, or has, nothing is held back: then the work is done twice
/// rather than late.
///
/// Dear batches, which are estimated at more than `dearCost` or have run for longer than
/// `dearElapsed`, never hold all workers: when they hold all but the reserve, that takes what is
/// soon done. What turns out to be dear on the reserve too is taken off it when others wait, to be
/// offered again as what it is.
///
/// A value without clock or I/O. Every job that was queued comes out once: answered, unanswered at
/// its batch's end, expired, abandoned, displaced, or taken off a worker.
package struct BatchQueue<Group: Hashable & Sendable, Job: Sendable>: ~Copyable, Sendable {
    /// Estimated microseconds of a worker.
    package struct Cost: Hashable, Sendable {
        /// Done once for all jobs of a batch.
        package var shared: UInt64
        package var own: UInt64

        package init(shared: UInt64, own: UInt64) { (self.shared, self.own) = (shared, own) }

        package var sum: UInt64 { shared.addingCapped(own) }
    }

    package struct Limits: Hashable, Sendable {
        package var admission: AdmissionLimits
        /// Jobs of a batch.
        package var members = 16
        /// A batch that is estimated at more takes nobody along any more.
        package var batchCost: UInt64 = 400_000
        /// Behind a batch that is estimated at more nobody is held back.
        package var patience: UInt64 = 250_000
        package var dearCost: UInt64 = 120_000
        package var dearElapsed = Duration.seconds(1)

        package init(admission: AdmissionLimits) { self.admission = admission }
    }

    package enum Offer: Hashable, Sendable {
        /// The number names the job until its end.
        case queued(UInt64)
        case refused(retryAfterSeconds: Int)
    }

    package enum Turn: Sendable {
        case run(batch: UInt64, [Job])
        case expired(Job)
    }

    package enum Abandonment: Hashable, Sendable {
        /// It had ended before.
        case late
        case dropped
        /// With it the last one left whom the batch was run for.
        case emptied(batch: UInt64)
        /// It runs on for nobody: its client has had too many killed.
        case kept
    }

    private enum Place {
        case waiting(AdmissionQueue<UInt64>.Ticket)
        case heldBack(AdmissionQueue<UInt64>.Start)
        case running(batch: UInt64)
    }

    private struct Entry {
        let job: Job
        let group: Group?
        var client: JobClient
        var lane: Lane
        let cost: Cost
        var place: Place
        var isKept = false
    }

    private struct Batch {
        let group: Group?
        let members: [UInt64]
        let starts: [AdmissionQueue<UInt64>.Start]
        let cost: UInt64
        /// By what was estimated.
        let isDear: Bool
        let startedAt: Duration
    }

    private let limits: Limits
    private var queue: AdmissionQueue<UInt64>
    private var entries: [UInt64: Entry] = [:]
    /// Waiting jobs of each group, in the order they came.
    private var waiting: [Group: [UInt64]] = [:]
    private var heldBack: [Group: [UInt64]] = [:]
    /// Groups with jobs held back whose batch has ended, in the order of that.
    private var released: [Group] = []
    private var batches: [UInt64: Batch] = [:]
    /// The batch behind which jobs of its group are held back.
    private var running: [Group: UInt64] = [:]
    private var lastNumber: UInt64 = 0
    private var kills = KillBudget()

    package init(limits: Limits) {
        self.limits = limits
        queue = AdmissionQueue(limits: limits.admission)
    }

    package func waiting(in lane: Lane) -> Int { queue.waiting(in: lane) }
    package func expectedWait(
        in lane: Lane, of client: JobClient = .anybody, cost: UInt64 = 0
    ) -> Duration {
        queue.expectedWait(in: lane, of: client, cost: cost)
    }
    /// Jobs that have not ended.
    package var count: Int { entries.count }

    /// It may displace others: see `takeDisplaced`.
    package mutating func offer(
        _ job: Job, of client: JobClient = .anybody, group: Group?, lane: Lane, cost: Cost,
        bytes: UInt64, deadline: Duration
    ) -> Offer {
        lastNumber += 1
        let number = lastNumber
        let offer = queue.offer(
            number, of: client, lane: lane, cost: cost.sum, bytes: bytes, deadline: deadline)
        switch offer {
        case .refused(let seconds): return .refused(retryAfterSeconds: seconds)
        case .queued(let ticket):
            entries[number] = Entry(
                job: job, group: group, client: client, lane: lane, cost: cost,
                place: .waiting(ticket))
            if let group { waiting[group, default: []].append(number) }
            return .queued(number)
        }
    }

    /// The jobs that had to make room since this was asked last.
    package mutating func takeDisplaced() -> [Job] {
        queue.takeDisplaced().compactMap { remove($0)?.job }
    }

    /// Whether it makes a difference that this client waits for the job too.
    package func canShare(_ number: UInt64, with client: JobClient) -> Bool {
        guard let entry = entries[number], case .waiting = entry.place else { return false }
        return entry.lane == .background || entry.client != client
    }

    /// Somebody else waits for the job too: it goes by the better of the two.
    package mutating func share(
        _ number: UInt64, with client: JobClient, lane: Lane, deadline: Duration
    ) {
        guard case .waiting(let ticket)? = entries[number]?.place,
            let moved = queue.share(ticket, with: client, lane: lane, deadline: deadline)
        else { return }
        entries[number]?.place = .waiting(moved)
        entries[number]?.client = moved.client
        entries[number]?.lane = moved.lane
    }

    /// What to give a free worker; `nil`: nothing. After an expired job ask again.
    ///
    /// - Parameters:
    ///   - held: what the worker that has just become free holds.
    ///   - isReserve: it is the one beyond those that may be busy.
    package mutating func next(
        now: Duration, preferring held: Group?, isReserve: Bool = false
    ) -> Turn? {
        if isReserve {
            guard batches.values.allSatisfy({ isDear($0, now: now) }) else { return nil }
        } else if let group = takeReleased(preferring: held) {
            return run(heldBack.removeValue(forKey: group) ?? [], of: group, now: now)
        }
        if let group = groupHeldTooLong(isReserve: isReserve, now: now) {
            let numbers = heldBack.removeValue(forKey: group) ?? []
            return run(numbers, of: group, isReserve: isReserve, now: now)
        }
        while let turn = queue.next(now: now, isReserve: isReserve) {
            switch turn {
            case .expired(let number):
                if let job = remove(number)?.job { return .expired(job) }
            case .run(let number, let start):
                guard let entry = entries[number] else {
                    queue.ended(start)
                    continue
                }
                forget(number, of: entry.group)
                entries[number]?.place = .heldBack(start)
                if let group = entry.group, isHeldBack(behind: group, now: now) {
                    heldBack[group, default: []].append(number)
                    continue
                }
                return run([number], of: entry.group, isReserve: isReserve, now: now)
            }
        }
        return nil
    }

    private func isDear(_ batch: Batch, now: Duration) -> Bool {
        batch.isDear || now - batch.startedAt > limits.dearElapsed
    }

    private func isHeldBack(behind group: Group, now: Duration) -> Bool {
        isSoonOver(running[group], now: now) && (heldBack[group]?.count ?? 0) < limits.members
    }

    private func isSoonOver(_ batch: UInt64?, now: Duration) -> Bool {
        guard let batch = batch.flatMap({ batches[$0] }) else { return false }
        return batch.cost <= limits.patience
            && now - batch.startedAt <= .microseconds(Int64(clamping: limits.patience))
    }

    /// One that waits for a batch that has taken longer than was thought.
    private func groupHeldTooLong(isReserve: Bool, now: Duration) -> Group? {
        heldBack.first { group, numbers in
            running[group] != nil && !isSoonOver(running[group], now: now)
                && (!isReserve || numbers.allSatisfy { entries[$0]?.lane == .small })
        }?.key
    }

    /// When dear batches hold all workers and the reserve, and somebody else waits for what is soon
    /// done: the one that was not known to be dear and began last. Its jobs come out, and its
    /// worker is to be ended.
    package mutating func takeOverrun(now: Duration) -> (batch: UInt64, jobs: [Job])? {
        guard batches.count > limits.admission.workers,
            batches.values.allSatisfy({ isDear($0, now: now) })
        else { return nil }
        let candidates = batches.filter { !$0.value.isDear && isAnswering($0.value) }
        guard let (number, batch) = candidates.max(by: { $0.key < $1.key }),
            hasSmallJob(besides: Set(batch.starts.map(\.client)))
        else { return nil }
        return (number, takeAll(of: number))
    }

    private func hasSmallJob(besides clients: Set<JobClient>) -> Bool {
        queue.hasSmallJob(besides: clients)
            || heldBack.values.joined().contains { number in
                entries[number].map { $0.lane == .small && !clients.contains($0.client) } ?? false
            }
    }

    private func isAnswering(_ batch: Batch) -> Bool {
        batch.members.contains { entries[$0] != nil }
    }

    /// The job of one output, which stays.
    package func member(_ index: Int, of batch: UInt64) -> Job? {
        guard let members = batches[batch]?.members, members.indices.contains(index)
        else { return nil }
        return entries[members[index]]?.job
    }

    /// The job that it is at, as outputs come in their order.
    package func firstUnanswered(of batch: UInt64) -> Job? {
        batches[batch]?.members.first { entries[$0] != nil }.flatMap { entries[$0]?.job }
    }

    /// Takes out the job of one output, to be answered; `nil` when it has left.
    package mutating func take(_ index: Int, of batch: UInt64) -> Job? {
        guard let members = batches[batch]?.members, members.indices.contains(index)
        else { return nil }
        return entries.removeValue(forKey: members[index])?.job
    }

    /// Takes out all jobs of a batch that have not been answered.
    package mutating func takeAll(of batch: UInt64) -> [Job] {
        (batches[batch]?.members ?? []).compactMap { entries.removeValue(forKey: $0)?.job }
    }

    /// The batch has ended, however it did. Returns the jobs that it has not answered.
    package mutating func finish(_ batch: UInt64, elapsed: Duration) -> [Job] {
        let unanswered = takeAll(of: batch)
        guard let ended = batches.removeValue(forKey: batch) else { return [] }
        queue.finished(ended.starts, cost: ended.cost, elapsed: elapsed)
        if let group = ended.group, running[group] == batch {
            running[group] = nil
            if heldBack[group] != nil { released.append(group) }
        }
        return unanswered
    }

    /// Nobody waits for the job any more. The job comes back where it was taken out.
    package mutating func abandon(_ number: UInt64, now: Duration) -> (Abandonment, Job?) {
        guard let entry = entries[number] else { return (.late, nil) }
        guard case .running(let batch) = entry.place, let members = batches[batch]?.members,
            members.allSatisfy({ $0 == number || entries[$0] == nil })
        else { return (.dropped, remove(number)?.job) }
        guard !entry.isKept, kills.take(from: entry.client, now: now) else {
            entries[number]?.isKept = true
            return (.kept, nil)
        }
        return (.emptied(batch: batch), remove(number)?.job)
    }

    /// Takes out the waiting jobs whose deadline has passed.
    package mutating func expire(now: Duration) -> [Job] {
        queue.expire(now: now).compactMap { remove($0)?.job }
    }
}

// MARK: - Places

extension BatchQueue {
    private mutating func takeReleased(preferring held: Group?) -> Group? {
        let index = released.firstIndex { $0 == held } ?? released.indices.first
        return index.map { released.remove(at: $0) }
    }

    /// Runs `numbers`, which hold a start each, and those of the group who wait and go with them:
    /// what is soon done does not go behind what is dear, and the reserve takes nothing else.
    private mutating func run(
        _ numbers: [UInt64], of group: Group?, isReserve: Bool = false, now: Duration
    ) -> Turn {
        var members = Array(numbers.prefix(limits.members))
        let shared = members.map { entries[$0]?.cost.shared ?? 0 }.max() ?? 0
        var cost = Cost(
            shared: shared,
            own: members.reduce(0) { $0.addingCapped(entries[$1]?.cost.own ?? 0) })
        // More were held back than fit a batch: the rest goes with the next.
        if let group, numbers.count > members.count {
            heldBack[group] = Array(numbers.dropFirst(members.count))
        }
        let bound = isReserve ? limits.dearCost : limits.batchCost
        var isDear = members.contains { entries[$0]?.lane == .large }
        for number in group.flatMap({ waiting[$0] }) ?? [] {
            guard members.count < limits.members, cost.sum < bound,
                let entry = entries[number], case .waiting(let ticket) = entry.place
            else { break }
            if isDear && entry.lane == .small || isReserve && entry.lane != .small { continue }
            guard let (_, start) = queue.join(ticket) else { break }
            forget(number, of: group)
            entries[number]?.place = .heldBack(start)
            cost.shared = max(cost.shared, entry.cost.shared)
            cost.own = cost.own.addingCapped(entry.cost.own)
            isDear = isDear || entry.lane == .large
            members.append(number)
        }
        lastNumber += 1
        let batch = lastNumber
        var starts: [AdmissionQueue<UInt64>.Start] = []
        for number in members {
            if case .heldBack(let start)? = entries[number]?.place { starts.append(start) }
            entries[number]?.place = .running(batch: batch)
        }
        batches[batch] = Batch(
            group: group, members: members, starts: starts, cost: cost.sum,
            isDear: isDear || cost.sum > limits.dearCost, startedAt: now)
        if let group { running[group] = batch }
        return .run(batch: batch, members.compactMap { entries[$0]?.job })
    }

    /// Takes the job out of whatever place it is in.
    private mutating func remove(_ number: UInt64) -> Entry? {
        guard let entry = entries.removeValue(forKey: number) else { return nil }
        switch entry.place {
        case .waiting(let ticket):
            _ = queue.cancel(ticket)
            forget(number, of: entry.group)
        case .heldBack(let start):
            queue.ended(start)
            if let group = entry.group {
                heldBack[group]?.removeAll { $0 == number }
                if heldBack[group]?.isEmpty == true {
                    heldBack[group] = nil
                    released.removeAll { $0 == group }
                }
            }
        case .running: break
        }
        return entry
    }

    /// It is not among those of its group that wait any more.
    private mutating func forget(_ number: UInt64, of group: Group?) {
        guard let group else { return }
        waiting[group]?.removeAll { $0 == number }
        if waiting[group]?.isEmpty == true { waiting[group] = nil }
    }
}
