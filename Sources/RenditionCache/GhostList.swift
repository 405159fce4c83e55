/// Remembers what was let go without having been asked for again, in 32 bits each: about the last
/// `limit` of them, in two halves of which the older one is forgotten whole.
package struct GhostList {
    private var newer: Set<UInt32> = []
    private var older: Set<UInt32> = []

    package init() {}

    package func contains(_ ghost: UInt32) -> Bool {
        newer.contains(ghost) || older.contains(ghost)
    }

    /// What it takes of memory: a set uses three quarters of its places at most, and a bit more
    /// for each.
    package var byteCount: Int {
        (newer.capacity + older.capacity) / 3 * 4 * (8 * MemoryLayout<UInt32>.size + 1) / 8
    }

    package mutating func insert(_ ghost: UInt32, limit: Int) {
        newer.insert(ghost)
        if newer.count * 2 >= limit {
            older = newer
            newer = []
        }
    }

    package mutating func remove(_ ghost: UInt32) {
        if newer.remove(ghost) == nil { older.remove(ghost) }
    }
}
