/// Remembers what was let go without having been asked for again, in 32 bits each: about the last
/// `limit` of them, in two halves of which the older one is forgotten whole.
package struct GhostList {
    private var newer: Set<UInt32> = []
    private var older: Set<UInt32> = []

    package init() {}

    package func contains(_ ghost: UInt32) -> Bool {
        newer.contains(ghost) || older.contains(ghost)
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
