/// Jobs that wait for workers, of which those of one group – the renditions of one original – are
/// done together, because what is dear about them is done once.
///
/// A job is in exactly one place: it waits in its lane, or is held back, or belongs to a batch that
/// runs. A batch takes along all waiting jobs of its group. A job whose turn comes while its
/// group's batch runs is held back, and goes with the next batch of the group, before all that
/// waits and if it can be to the same worker, which still holds what the batch was made from.
/// Behind a batch that will take long nothing is held back: then the work is done twice rather than
/// late.
///
/// A value without clock or I/O. Every job that was queued comes out once: answered, unanswered at
/// its batch's end, expired, or abandoned.
package struct BatchQueue<Group: Hashable & Sendable, Job: Sendable>: ~Copyable, Sendable {
    /// Estimated microseconds of a worker.
    package struct Cost: Hashable, Sendable {
        /// Done once for all jobs of a batch.
        package var shared: UInt64
        package var own: UInt64

        package init(shared: UInt64, own: UInt64) { (self.shared, self.own) = (shared, own) }

        package var sum: UInt64 { shared &+ own }
    }

    package struct Limits: Hashable, Sendable {
        package var admission: AdmissionLimits
        /// Jobs of a batch.
        package var members = 16
        /// A batch that is estimated at more takes nobody along any more.
        package var batchCost: UInt64 = 400_000
        /// Behind a batch that is estimated at more nobody is held back.
        package var patience: UInt64 = 250_000

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
    }

    private enum Place {
        case waiting(AdmissionQueue<UInt64>.Ticket)
        case heldBack(AdmissionQueue<UInt64>.Start)
        case running(batch: UInt64)
    }

    private struct Entry {
        let job: Job
        let group: Group?
        let cost: Cost
        var place: Place
    }

    private struct Batch {
        let group: Group?
        let members: [UInt64]
        let starts: [AdmissionQueue<UInt64>.Start]
        let cost: UInt64
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

    package init(limits: Limits) {
        self.limits = limits
        queue = AdmissionQueue(limits: limits.admission)
    }

    package func waiting(in lane: Lane) -> Int { queue.waiting(in: lane) }
    package func expectedWait(in lane: Lane) -> Duration { queue.expectedWait(in: lane) }
    /// Jobs that have not ended.
    package var count: Int { entries.count }

    package mutating func offer(
        _ job: Job, group: Group?, lane: Lane, cost: Cost, bytes: UInt64, deadline: Duration
    ) -> Offer {
        lastNumber += 1
        let number = lastNumber
        let offer = queue.offer(
            number, lane: lane, cost: cost.sum, bytes: bytes, deadline: deadline)
        switch offer {
        case .refused(let seconds): return .refused(retryAfterSeconds: seconds)
        case .queued(let ticket):
            entries[number] = Entry(job: job, group: group, cost: cost, place: .waiting(ticket))
            if let group { waiting[group, default: []].append(number) }
            return .queued(number)
        }
    }

    /// What to give a free worker; `nil`: nothing. After an expired job ask again.
    ///
    /// - Parameter held: what the worker that has just become free holds.
    package mutating func next(now: Duration, preferring held: Group?) -> Turn? {
        if let group = takeReleased(preferring: held) {
            return run(heldBack.removeValue(forKey: group) ?? [], of: group)
        }
        while let turn = queue.next(now: now) {
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
                if let group = entry.group, let batch = running[group],
                    (batches[batch]?.cost ?? 0) <= limits.patience
                {
                    heldBack[group, default: []].append(number)
                    continue
                }
                return run([number], of: entry.group)
            }
        }
        return nil
    }

    /// The job of one output, which stays.
    package func member(_ index: Int, of batch: UInt64) -> Job? {
        guard let members = batches[batch]?.members, members.indices.contains(index)
        else { return nil }
        return entries[members[index]]?.job
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

    /// Nobody waits for the job any more.
    package mutating func abandon(_ number: UInt64) -> Abandonment {
        guard let entry = remove(number) else { return .late }
        guard case .running(let batch) = entry.place, let members = batches[batch]?.members,
            members.allSatisfy({ entries[$0] == nil })
        else { return .dropped }
        return .emptied(batch: batch)
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

    /// Runs `numbers`, which hold a start each, and all of the group who wait.
    private mutating func run(_ numbers: [UInt64], of group: Group?) -> Turn {
        var members = Array(numbers.prefix(limits.members))
        let shared = members.map { entries[$0]?.cost.shared ?? 0 }.max() ?? 0
        var cost = Cost(
            shared: shared, own: members.reduce(0) { $0 &+ (entries[$1]?.cost.own ?? 0) })
        // More were held back than fit a batch: the rest goes with the next.
        if let group, numbers.count > members.count {
            heldBack[group] = Array(numbers.dropFirst(members.count))
        }
        for number in group.flatMap({ waiting[$0] }) ?? [] {
            guard members.count < limits.members, cost.sum < limits.batchCost,
                let entry = entries[number], case .waiting(let ticket) = entry.place,
                let (_, start) = queue.join(ticket)
            else { break }
            forget(number, of: group)
            entries[number]?.place = .heldBack(start)
            cost.shared = max(cost.shared, entry.cost.shared)
            cost.own &+= entry.cost.own
            members.append(number)
        }
        lastNumber += 1
        let batch = lastNumber
        var starts: [AdmissionQueue<UInt64>.Start] = []
        for number in members {
            if case .heldBack(let start)? = entries[number]?.place { starts.append(start) }
            entries[number]?.place = .running(batch: batch)
        }
        batches[batch] = Batch(group: group, members: members, starts: starts, cost: cost.sum)
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
