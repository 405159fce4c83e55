/// The jobs that wait in one lane, shared between clients by start-time fair queuing (Goyal, Vin
/// and Cheng, 1996): each client's own jobs stand in the order they came, and next is the client
/// who has been served least since he began to wait.
///
/// A client's tag is the virtual time at which his next job may start: his last job's start and
/// what that cost. The virtual time is the tag of the job that was served last, so who comes new
/// begins beside those who are being served, whatever these have saved up or owe. Finding the next
/// job is O(clients that wait).
struct FairJobs<Job: Sendable>: Sendable {
    typealias Entry = WaitingJobs<Job>.Entry

    struct Use: Sendable {
        var jobs = 0
        var cost: UInt64 = 0
        var bytes: UInt64 = 0
    }

    private struct Backlog {
        var tag: UInt64
        var jobs = WaitingJobs<Job>()
        var bytes: UInt64 = 0

        var use: Use { Use(jobs: jobs.count, cost: jobs.cost, bytes: bytes) }
    }

    /// Clients without waiting jobs that are remembered; beyond it some are forgiven.
    private static var maximumRemembered: Int { 4096 }

    /// Far beyond what a process lives to serve; sums of two never overflow.
    private static var latestTag: UInt64 { 1 << 61 }

    private var backlogs: [JobClient: Backlog] = [:]
    /// Tags of clients without waiting jobs who were served more than those who wait.
    private var remembered: [JobClient: UInt64] = [:]
    private var virtualTime: UInt64 = 0
    private var head: JobClient?
    private(set) var count = 0
    private(set) var cost: UInt64 = 0

    var isEmpty: Bool { count == 0 }

    /// The job whose turn it is.
    var first: (client: JobClient, number: UInt64, entry: Entry)? {
        guard let head, let first = backlogs[head]?.jobs.first else { return nil }
        return (head, first.number, first.entry)
    }

    func entry(_ number: UInt64, of client: JobClient) -> Entry? { backlogs[client]?.jobs[number] }

    func use(of client: JobClient) -> Use { backlogs[client]?.use ?? Use() }

    func hasJob(besides clients: Set<JobClient>) -> Bool {
        backlogs.keys.contains { !clients.contains($0) }
    }

    /// Who has most waiting, by one of the measures.
    func greatest<Amount: Comparable>(
        by amount: (Use) -> Amount
    ) -> (client: JobClient, use: Use)? {
        backlogs.max { amount($0.value.use) < amount($1.value.use) }.map { ($0.key, $0.value.use) }
    }

    mutating func append(_ entry: Entry, number: UInt64, of client: JobClient) {
        let tag = max(virtualTime, remembered.removeValue(forKey: client) ?? 0)
        backlogs[client, default: Backlog(tag: tag)].jobs.append(entry, number: number)
        backlogs[client]?.bytes += entry.bytes
        count += 1
        cost += entry.cost
        if let head, !comesBefore(client, head) { return }
        head = client
    }

    mutating func remove(_ number: UInt64, of client: JobClient) -> Entry? {
        guard let entry = backlogs[client]?.jobs.remove(number) else { return nil }
        backlogs[client]?.bytes -= entry.bytes
        count -= 1
        cost -= entry.cost
        if let left = backlogs[client], left.jobs.isEmpty {
            backlogs[client] = nil
            remember(left.tag, of: client)
        }
        if head == client { findHead() }
        return entry
    }

    /// The newest job of a client is taken out.
    mutating func removeNewest(of client: JobClient) -> (number: UInt64, entry: Entry)? {
        guard let number = backlogs[client]?.jobs.newest,
            let entry = remove(number, of: client)
        else { return nil }
        return (number, entry)
    }

    /// A job of the client begins, whether it was his turn or it goes along with another.
    mutating func begin(_ number: UInt64, of client: JobClient) -> Entry? {
        if client == head, let tag = backlogs[client]?.tag { virtualTime = max(virtualTime, tag) }
        guard let cost = backlogs[client]?.jobs[number]?.cost else { return nil }
        charge(client, Int64(clamping: cost))
        return remove(number, of: client)
    }

    /// The client has had so much more, or less, than was thought.
    mutating func charge(_ client: JobClient, _ cost: Int64) {
        func moved(_ tag: UInt64) -> UInt64 {
            let amount = cost.magnitude
            guard cost >= 0 else { return tag - min(tag, amount) }
            return min(tag + min(amount, Self.latestTag), Self.latestTag)
        }
        if let tag = backlogs[client]?.tag {
            backlogs[client]?.tag = moved(tag)
            findHead()
        } else {
            remember(moved(max(virtualTime, remembered[client] ?? 0)), of: client)
        }
    }

    /// Nothing waits and nothing runs: nobody owes anybody anything.
    mutating func settle() {
        precondition(isEmpty, "jobs wait")
        remembered.removeAll(keepingCapacity: true)
        virtualTime = 0
    }

    /// The cost of what is served before a job of `cost` that the client would offer now: of each
    /// other client no more than he himself will have had by then. O(clients).
    func costAhead(of client: JobClient, offering cost: UInt64) -> UInt64 {
        let own = use(of: client).cost
        let total = own + cost
        return backlogs.reduce(own) { sum, other in
            other.key == client ? sum : sum + min(other.value.jobs.cost, total)
        }
    }

    /// Whether a waiting job would run sooner if `other` had offered it. O(jobs of the client).
    func isSooner(_ number: UInt64, of client: JobClient, asOneOf other: JobClient) -> Bool {
        guard let backlog = backlogs[client] else { return false }
        let tag = backlogs[other]?.tag ?? max(virtualTime, remembered[other] ?? 0)
        return tag + use(of: other).cost < backlog.tag + backlog.jobs.cost(before: number)
    }

    func expired(at now: Duration) -> [(number: UInt64, client: JobClient)] {
        let expired = backlogs.flatMap { client, backlog in
            backlog.jobs.expired(at: now).map { (number: $0, client: client) }
        }
        return expired.sorted { $0.number < $1.number }
    }

    /// O(jobs).
    var earliestDeadline: Duration? {
        backlogs.values.compactMap { $0.jobs.earliestDeadline }.min()
    }

    private func comesBefore(_ client: JobClient, _ other: JobClient) -> Bool {
        guard let left = backlogs[client], let right = backlogs[other] else { return true }
        // Numbers are given in the order of offers.
        return left.tag != right.tag
            ? left.tag < right.tag
            : (left.jobs.first?.number ?? .max) < (right.jobs.first?.number ?? .max)
    }

    private mutating func findHead() {
        head = backlogs.keys.min { comesBefore($0, $1) }
    }

    private mutating func remember(_ tag: UInt64, of client: JobClient) {
        remembered[client] = tag > virtualTime ? tag : nil
        guard remembered.count > Self.maximumRemembered else { return }
        remembered = remembered.filter { $0.value > virtualTime }
        let excess = remembered.count - Self.maximumRemembered / 2
        if excess > 0 { for client in remembered.keys.prefix(excess) { remembered[client] = nil } }
    }
}
