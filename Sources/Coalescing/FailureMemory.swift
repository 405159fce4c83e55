/// What failed and would fail again, for a while and for a bounded number of keys.
///
/// Clients share the memory: when it is full, who has most in it loses his oldest. So one who makes
/// thousands of things fail forgets his own, and not what others found out.
///
/// A value without clock: times are monotonic, since any one moment.
package struct FailureMemory<Key: Hashable & Sendable, Failure: Sendable>: Sendable {
    private struct Entry {
        let failure: Failure
        let client: JobClient
        let until: Duration
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    /// The keys of each client, in the order they came; some may have gone.
    private var keys: [JobClient: [Key]] = [:]

    package init(capacity: Int) {
        precondition(capacity > 0, "a memory for nothing")
        self.capacity = capacity
    }

    package var count: Int { entries.count }

    package func failure(of key: Key, now: Duration) -> Failure? {
        guard let entry = entries[key], now < entry.until else { return nil }
        return entry.failure
    }

    /// - Parameter client: who asked for it.
    package mutating func remember(
        _ failure: Failure, of key: Key, by client: JobClient, until: Duration, now: Duration
    ) {
        forget(key)
        if entries.count >= capacity {
            for (key, entry) in entries where entry.until <= now { forget(key) }
        }
        if entries.count >= capacity, let most = keys.max(by: { $0.value.count < $1.value.count }) {
            forget(most.value[0])
        }
        entries[key] = Entry(failure: failure, client: client, until: until)
        keys[client, default: []].append(key)
    }

    /// O(count).
    package mutating func forget(where isMeant: (Key) -> Bool) {
        for key in entries.keys.filter(isMeant) { forget(key) }
    }

    private mutating func forget(_ key: Key) {
        guard let client = entries.removeValue(forKey: key)?.client else { return }
        keys[client]?.removeAll { $0 == key }
        if keys[client]?.isEmpty == true { keys[client] = nil }
    }
}
