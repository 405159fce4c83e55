internal import Store
internal import Synchronization

/// The perceptual hashes of the newest images side by side in memory, 24 bytes each, for who
/// compares with all of them.
///
/// It is a cache of the table: who changes that says which keys, before the change is committed,
/// and who searches looks those up again that were changed up to the snapshot it reads. Of many
/// changes between two searches the oldest are dropped, and the next search reads the whole table.
final class LikenessMemory: Sendable {
    /// The first bytes of an image's key in the table: its time, and enough of its hash to be told
    /// from others of that time.
    struct Place: Comparable {
        let (time, start): (UInt64, UInt64)

        init(_ key: Span<UInt8>) {
            (time, start) = (UInt64(sortable: key), UInt64(sortable: key, at: 8))
        }

        static func < (one: Place, other: Place) -> Bool {
            (one.time, one.start) < (other.time, other.start)
        }

        var bytes: [UInt8] { time.sortableBytes + start.sortableBytes }
    }

    private static let changeLimit = 10_000
    /// Changes in the midst of it, each of which moves what lies behind it.
    fileprivate static let moveLimit = 16

    fileprivate struct State {
        // Of the newest images, the oldest first.
        var hashes: [UInt64] = []
        var places: [Place] = []
        /// Whether there are no older ones.
        var isWhole = true
        /// The transaction that it is as of.
        var base = -1
        /// What later ones may have changed.
        var changes: [(transaction: Int, key: [UInt8])] = []
        /// The last of those of which the changes are not known.
        var dropped = 0
    }
    private let state = Mutex(State())

    /// Called in the transaction, before its end.
    func note(_ key: OrderKey, in transaction: borrowing WriteTransaction) {
        let (number, bytes) = (transaction.number, key.bytes)
        state.withLock { state in
            if state.changes.count == Self.changeLimit {
                state.dropped = state.changes[Self.changeLimit / 2 - 1].transaction
                state.changes.removeFirst(Self.changeLimit / 2)
            }
            state.changes.append((number, bytes))
        }
    }

    func noteAll(in transaction: borrowing WriteTransaction) {
        let number = transaction.number
        state.withLock { ($0.dropped, $0.changes) = (number, []) }
    }

    /// Who is near, by distance, the newest first.
    struct Found {
        var places: [[Place]]
        /// There were more, or images that are older than those here.
        var isCut = false
    }

    /// - Parameters:
    ///   - limit: of the images that are compared, the newest.
    ///   - matches: of those that are told of each distance.
    func search(
        _ query: SimilarityQuery, atMost limit: Int, matches: Int, in table: Database,
        of snapshot: borrowing Snapshot
    ) throws(StoreError) -> Found {
        var found = Found(places: Array(repeating: [], count: query.distance + 1))
        try state.withLock { (state) throws(StoreError) in
            try state.follow(snapshot, table, limit)
            let begin = max(0, state.hashes.count - limit)
            found.isCut = begin > 0 || !state.isWhole
            var distances = [UInt8](repeating: 0, count: Self.blockCount)
            var end = state.hashes.count
            while end > begin {
                let start = max(begin, end - Self.blockCount)
                Self.measure(
                    state.hashes.span.extracting(start..<end), query.perceptualHash, &distances)
                for offset in (0..<end - start).reversed()
                where Int(distances[offset]) <= query.distance {
                    let distance = Int(distances[offset])
                    if found.places[distance].count < matches {
                        found.places[distance].append(state.places[start + offset])
                    } else {
                        found.isCut = true
                    }
                }
                end = start
            }
        }
        return found
    }

    private static let blockCount = 1024

    /// A loop without a way out, so that it is done several at a time.
    private static func measure(
        _ hashes: Span<UInt64>, _ hash: UInt64, _ distances: inout [UInt8]
    ) {
        var span = distances.mutableSpan
        for index in hashes.indices {
            span[index] = UInt8(truncatingIfNeeded: (hashes[index] ^ hash).nonzeroBitCount)
        }
    }
}

extension LikenessMemory.State {
    fileprivate mutating func follow(
        _ snapshot: borrowing Snapshot, _ table: Database, _ limit: Int
    ) throws(StoreError) {
        let number = snapshot.number
        guard base >= dropped, base >= 0 else { return try load(snapshot, table, limit) }
        guard number > base else { return }
        var moves = 0
        for (transaction, key) in changes where transaction <= number {
            try apply(key, snapshot, table, &moves)
            if moves > LikenessMemory.moveLimit { return try load(snapshot, table, limit) }
        }
        changes.removeAll { $0.transaction <= number }
        base = number
        let surplus = hashes.count - limit
        if surplus > max(1024, limit / 8) {
            hashes.removeFirst(surplus)
            places.removeFirst(surplus)
            isWhole = false
        }
        // Where many of them have gone those before them are wanted again.
        if !isWhole && hashes.count < limit - limit / 8 { try load(snapshot, table, limit) }
    }

    private mutating func load(
        _ snapshot: borrowing Snapshot, _ table: Database, _ limit: Int
    ) throws(StoreError) {
        (hashes, places, isWhole, base) = ([], [], true, -1)
        let count = min(limit, try snapshot.count(of: table))
        hashes.reserveCapacity(count)
        places.reserveCapacity(count)
        try snapshot.scan(table, from: .last) { key, value throws(StoreError) in
            guard hashes.count < limit else {
                isWhole = false
                return .stop
            }
            hashes.append(try Self.hash(value))
            places.append(LikenessMemory.Place(key))
            return .next
        }
        hashes.reverse()
        places.reverse()
        base = snapshot.number
        changes.removeAll { $0.transaction <= base }
    }

    private mutating func apply(
        _ key: [UInt8], _ snapshot: borrowing Snapshot, _ table: Database, _ moves: inout Int
    ) throws(StoreError) {
        let place = LikenessMemory.Place(key.span)
        let hash = try snapshot.withValue(for: key.span, in: table) {
            value throws(StoreError) -> UInt64? in
            guard let value else { return nil }
            return try Self.hash(value)
        }
        let index = lowerBound(place)
        let isThere = index < places.count && places[index] == place
        switch (hash, isThere) {
        case (let hash?, true): hashes[index] = hash
        case (let hash?, false):
            // Older than all that are here, which are not all there are.
            if index == 0 && !isWhole { return }
            moves += index == places.count ? 0 : 1
            hashes.insert(hash, at: index)
            places.insert(place, at: index)
        case (nil, true):
            moves += 1
            hashes.remove(at: index)
            places.remove(at: index)
        case (nil, false): break
        }
    }

    private func lowerBound(_ place: LikenessMemory.Place) -> Int {
        // What is new is newest.
        guard let last = places.last, !(last < place) else { return places.count }
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if places[middle] < place { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func hash(_ value: RawSpan) throws(StoreError) -> UInt64 {
        guard value.byteCount == 8 else { throw .damagedRecord }
        return unsafe UInt64(littleEndian: value.unsafeLoadUnaligned(as: UInt64.self))
    }
}
