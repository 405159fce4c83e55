internal import Synchronization

/// Open addressing with linear probing over atomic words. One thread inserts and removes; any
/// number look up without a lock, and may only mark what they found.
///
/// What holds: an entry is never moved, so a lookup that runs beside the writer finds every entry
/// that was there before it began and is not removed; a word names its place in full, so a marking
/// by comparing and exchanging can not hit another entry.
///
/// `@unchecked Sendable` because the words are atomic and never move until the end.
@safe final class EntryTable: @unchecked Sendable {
    let slotCount: Int
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    /// The writer's: slots that are not empty.
    private var used = 0
    /// The writer's: slots that hold an entry.
    private(set) var count = 0

    /// The slots for so many entries: at most six tenths of them used, so that there is time until
    /// it has to grow.
    static func slotCount(forEntries count: Int) -> Int {
        var slotCount = 1 << 12
        while slotCount * 6 < count * 10 { slotCount *= 2 }
        return slotCount
    }

    /// - Parameter slotCount: a power of two; 8 bytes each.
    init(slotCount: Int) {
        precondition(slotCount > 0 && slotCount & (slotCount - 1) == 0)
        self.slotCount = slotCount
        unsafe words = .allocate(capacity: slotCount)
        for slot in 0..<slotCount { unsafe (words + slot).initialize(to: Atomic(0)) }
    }

    deinit {
        unsafe words.deinitialize(count: slotCount)
        unsafe words.deallocate()
    }

    @inline(__always)
    func load(_ slot: Int) -> Location {
        Location(bits: unsafe words[slot & (slotCount - 1)].load(ordering: .acquiring))
    }

    /// Puts `new` where `old` still stands, else does nothing: what was learnt is not worth a
    /// retry.
    @inline(__always)
    func mark(_ slot: Int, _ old: Location, _ new: Location) {
        if old == new { return }
        _ = unsafe words[slot & (slotCount - 1)].weakCompareExchange(
            expected: old.bits, desired: new.bits, ordering: .relaxed)
    }

    /// The first slot that `isWanted` among those that may hold the key.
    @inline(__always)
    func find(_ hash: KeyHash, where isWanted: (Location) -> Bool) -> (Int, Location)? {
        var slot = hash.slot & (slotCount - 1)
        for _ in 0..<slotCount {
            let location = load(slot)
            if location == .empty { return nil }
            if location.isEntry, location.fingerprint == hash.fingerprint, isWanted(location) {
                return (slot, location)
            }
            slot = (slot + 1) & (slotCount - 1)
        }
        return nil
    }

    // MARK: The writer's

    /// Whether an entry more keeps probing short: at most seven tenths of the slots in use.
    var hasRoom: Bool { (used + 1) * 10 <= slotCount * 7 }

    func insert(_ location: Location, hash: KeyHash) {
        var slot = hash.slot & (slotCount - 1)
        while load(slot).isEntry { slot = (slot + 1) & (slotCount - 1) }
        if load(slot) == .empty { used += 1 }
        count += 1
        store(location, slot)
    }

    /// Moves an entry to `place`, keeping what readers learn meanwhile is not needed: a mark lost
    /// is a hit not counted.
    func replace(_ slot: Int, _ place: Location) { store(place, slot) }

    func remove(_ slot: Int) {
        count -= 1
        guard load(slot + 1) == .empty else { return store(.removed, slot) }
        // Nobody probes beyond the end of a chain: removed slots before it may be empty again.
        var last = slot & (slotCount - 1)
        repeat {
            store(.empty, last)
            used -= 1
            last = (last - 1) & (slotCount - 1)
        } while load(last) != .empty && !load(last).isEntry
    }

    /// Removes all entries of a generation. Cost: the whole table.
    func removeAll(of tag: Int) {
        for slot in 0..<slotCount where load(slot).tag == tag { remove(slot) }
    }

    private func store(_ location: Location, _ slot: Int) {
        unsafe words[slot & (slotCount - 1)].store(location.bits, ordering: .releasing)
    }
}
