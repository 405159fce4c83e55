internal import Synchronization

/// What the cache tells about itself; each value is exact, together they are of about one moment.
package struct CacheStatistics: Sendable {
    /// Whether new renditions are kept, and if not, why.
    package enum Writing: UInt8, Sendable {
        case active = 0
        /// The directory can not be reached or written. Tried again every few seconds.
        case directoryUnusable = 1
        case diskFull = 2
        /// Another process has the directory.
        case directoryInUse = 3
        case closed = 4
    }

    package var writing: Writing
    /// Whether everything found at the start is in the table.
    package var isLoaded: Bool
    package var entries: Int
    /// On the disk, as `du` counts it.
    package var diskBytes: Int
    package var budgetBytes: Int
    package var generations: Int
    /// Memory for what is known of the entries: the table, by which they are found, the marks by
    /// which a purge finds them, and the ghosts of what went. Of when a generation last came or
    /// went.
    package var tableBytes: Int
    package var insertions: Int
    /// Let go for want of room.
    package var evictions: Int
    /// Copied to a younger generation because they had been asked for.
    package var carried: Int
    /// Not kept because too much was waiting.
    package var dropped: Int
    package var purged: Int
    /// Entries that were not as they had been written, and generations that were none.
    package var integrityFailures: Int
    package var damagedGenerations: Int
}

final class CacheCounters: Sendable {
    let writing = Atomic<UInt8>(0)
    let isLoaded = Atomic<Bool>(false)
    let entries = Atomic<Int>(0)
    let diskBytes = Atomic<Int>(0)
    let generations = Atomic<Int>(0)
    let tableBytes = Atomic<Int>(0)
    let insertions = Atomic<Int>(0)
    let evictions = Atomic<Int>(0)
    let carried = Atomic<Int>(0)
    let dropped = Atomic<Int>(0)
    let purged = Atomic<Int>(0)
    let integrityFailures = Atomic<Int>(0)
    let damagedGenerations = Atomic<Int>(0)

    func read(budgetBytes: Int) -> CacheStatistics {
        CacheStatistics(
            writing: .init(rawValue: writing.load(ordering: .relaxed)) ?? .closed,
            isLoaded: isLoaded.load(ordering: .relaxed),
            entries: entries.load(ordering: .relaxed),
            diskBytes: diskBytes.load(ordering: .relaxed), budgetBytes: budgetBytes,
            generations: generations.load(ordering: .relaxed),
            tableBytes: tableBytes.load(ordering: .relaxed),
            insertions: insertions.load(ordering: .relaxed),
            evictions: evictions.load(ordering: .relaxed),
            carried: carried.load(ordering: .relaxed), dropped: dropped.load(ordering: .relaxed),
            purged: purged.load(ordering: .relaxed),
            integrityFailures: integrityFailures.load(ordering: .relaxed),
            damagedGenerations: damagedGenerations.load(ordering: .relaxed))
    }
}

extension CacheCounters {
    func setWriting(_ state: CacheStatistics.Writing) {
        writing.store(state.rawValue, ordering: .relaxed)
    }
}

extension Atomic<Int> {
    func add(_ value: Int) { wrappingAdd(value, ordering: .relaxed) }
    func set(_ value: Int) { store(value, ordering: .relaxed) }
}

extension Atomic<Bool> {
    func set(_ value: Bool) { store(value, ordering: .relaxed) }
}
