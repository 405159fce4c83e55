/// The jobs of one client in one lane, in the order they came. Leaving from the middle is O(1): its
/// place stays until the head passes it or more places are empty than taken.
struct WaitingJobs<Job: Sendable>: Sendable {
    struct Entry: Sendable {
        let job: Job
        let cost: UInt64
        let bytes: UInt64
        let deadline: Duration
    }

    private var entries: [UInt64: Entry] = [:]
    private var order: [UInt64] = []
    private var head = 0
    private(set) var cost: UInt64 = 0

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    var first: (number: UInt64, entry: Entry)? {
        guard head < order.count, let entry = entries[order[head]] else { return nil }
        return (order[head], entry)
    }

    subscript(number: UInt64) -> Entry? { entries[number] }

    var newest: UInt64? { order[head...].last { entries[$0] != nil } }

    /// The cost of those that came before it. O(count).
    func cost(before number: UInt64) -> UInt64 {
        order[head...].prefix { $0 != number }.reduce(0) { $0 + (entries[$1]?.cost ?? 0) }
    }

    mutating func append(_ entry: Entry, number: UInt64) {
        entries[number] = entry
        order.append(number)
        cost += entry.cost
    }

    mutating func remove(_ number: UInt64) -> Entry? {
        guard let entry = entries.removeValue(forKey: number) else { return nil }
        cost -= entry.cost
        while head < order.count, entries[order[head]] == nil { head += 1 }
        if order.count - entries.count > entries.count + 16 {
            order = order[head...].filter { entries[$0] != nil }
            head = 0
        }
        return entry
    }

    /// In the order they came. O(count).
    func expired(at now: Duration) -> [UInt64] {
        order[head...].filter { number in entries[number].map { $0.deadline <= now } ?? false }
    }

    /// O(count).
    var earliestDeadline: Duration? { entries.values.map(\.deadline).min() }
}
