internal import Hints
internal import Store
internal import Text

/// Which objects are to be looked at, and what was found when they were: an LMDB environment.
///
/// What holds: a hint that was taken stays until somebody has looked after it came; what is known
/// of an object and whose image it is change together; an image that an object has no more
/// is departing from the same transaction on, until that is settled.
struct LookBook: Sendable {
    /// Objects that wait. One that is hinted at again waits once.
    static let capacity = 1_000_000
    private static let mapByteCount = 16 << 30

    private let store: Store
    private let committer: GroupCommitter
    private let capacity: Int
    /// `Look.key` to `Look.value`: each bucket's in an order of their own.
    private let looks: Database
    /// Place to due.
    private let places: Database
    /// Place to `TakenObject.value`.
    private let taken: Database
    /// `TakenImage.key` and place to nothing.
    private let holders: Database
    /// `Departure.key` to `Departure.value`.
    private let departing: Database

    /// In a directory that exists.
    ///
    /// - Parameter buckets: what waits in others is not looked at any more.
    init(
        directory: String, buckets: [UTF8String], capacity: Int = Self.capacity
    ) throws(StoreError) {
        store = try Store(
            directory: directory,
            databases: ["looks", "look-places", "taken", "taken-images", "departing"],
            options: .init(mapByteCount: Self.mapByteCount))
        committer = try GroupCommitter(store)
        self.capacity = capacity
        (looks, places) = (store.database("looks"), store.database("look-places"))
        (taken, holders) = (store.database("taken"), store.database("taken-images"))
        departing = store.database("departing")
        try tidy(buckets)
    }

    /// Looks at buckets that are not watched any more go, and those of before each bucket had its
    /// own order get into it.
    private func tidy(_ buckets: [UTF8String]) throws(StoreError) {
        try store.write { [looks, places] transaction throws(StoreError) in
            var misplaced: [(key: [UInt8], look: Look)] = []
            try transaction.scan(looks, from: .first) { key, value throws(StoreError) in
                let value = unsafe value.withUnsafeBytes { unsafe [UInt8]($0) }
                let place = key.count == Look.keyByteCount ? 8 : 0
                let due = Record.number((place..<place + 8).map { key[$0] })
                guard let look = Look(due: due, value: value) else { throw .damagedRecord }
                if place == 0 || !buckets.contains(look.object.bucket) {
                    misplaced.append((key.indices.map { key[$0] }, look))
                }
                return .next
            }
            for (key, look) in misplaced {
                try transaction.delete(key.span, in: looks)
                if buckets.contains(look.object.bucket) {
                    try transaction.put(look.value, for: look.key, in: looks)
                } else {
                    try transaction.delete(look.place.bytes.span, in: places)
                }
            }
        }
    }

    func close() { committer.close() }

    /// Durable when it returns; `false`: there is no room for all, and none was taken.
    func add(_ objects: [ObjectHint], at now: Int64) async throws(StoreError) -> Bool {
        try await committer.commit { [self] transaction throws(StoreError) in
            let places = objects.map(ObjectPlace.init)
            var waiting = try transaction.count(of: looks)
            var known: [Int64?] = []
            for place in places {
                let due = try due(of: place, in: transaction)
                if due == nil { waiting += 1 }
                known.append(due)
            }
            guard waiting <= capacity else { return false }
            for (object, old) in zip(objects, known) {
                // A moment later where the clock stands, so that it is another look.
                let due = old.map { $0 >= now && $0 - now < 1000 ? $0 + 1 : now } ?? now
                try replace(Look(object, due: due), in: transaction)
            }
            return true
        }
    }

    /// By now, those of a bucket that have waited longest, and when the next one is.
    func due(
        in bucket: UTF8String, by now: Int64, limit: Int, besides inHand: Set<ObjectPlace>
    ) throws(StoreError) -> (looks: [Look], next: Int64?) {
        let start = Look.start(of: bucket)
        return try store.read { snapshot throws(StoreError) in
            var (found, next): ([Look], Int64?) = ([], nil)
            try snapshot.scan(looks, from: .atOrAfter(start)) { key, value throws(StoreError) in
                guard start.indices.allSatisfy({ key[$0] == start[$0] }) else { return .stop }
                let value = unsafe value.withUnsafeBytes { unsafe [UInt8]($0) }
                let due = Record.number((8..<16).map { key[$0] })
                guard let look = Look(due: due, value: value) else { throw .damagedRecord }
                if inHand.contains(look.place) { return .next }
                guard look.due <= now, found.count < limit else {
                    next = look.due
                    return .stop
                }
                found.append(look)
                return .next
            }
            return (found, next)
        }
    }

    func waitingCount() throws(StoreError) -> Int {
        try store.read { snapshot throws(StoreError) in try snapshot.count(of: looks) }
    }

    func taken(_ place: ObjectPlace) throws(StoreError) -> TakenObject? {
        let value = try store.read { snapshot throws(StoreError) in
            try snapshot.copy(for: place.bytes.span, in: taken)
        }
        guard let value else { return nil }
        guard let object = TakenObject(value: value) else { throw .damagedRecord }
        return object
    }

    // MARK: What came of a look

    enum Finding: Sendable {
        /// As it was known.
        case same
        case now(TakenObject)
        case absent
    }

    /// The look is over, unless there was a hint meanwhile.
    ///
    /// - Parameter deletes: whether an image departs that the object has no more.
    func settle(
        _ look: Look, _ finding: Finding, deletes: Bool
    ) async throws(StoreError) {
        try await committer.commit { [self] transaction throws(StoreError) in
            let place = look.place
            if try due(of: place, in: transaction) == look.due {
                let key = look.key
                try transaction.delete(key.span, in: looks)
                try transaction.delete(place.bytes.span, in: places)
            }
            let next: TakenObject?
            switch finding {
            case .same: return
            case .now(let object): next = object
            case .absent: next = nil
            }
            let old = try transaction.copy(for: place.bytes.span, in: taken)
                .flatMap { TakenObject(value: $0) }
            if let image = next?.image {
                try transaction.put([], for: image.key + place.bytes, in: holders)
            }
            if let image = old?.image, image != next?.image {
                let holder = image.key + place.bytes
                try transaction.delete(holder.span, in: holders)
                if deletes {
                    let departure = Departure(image, name: look.object.key, due: look.due)
                    try transaction.put(departure.value, for: departure.key(place), in: departing)
                }
            }
            if let next {
                try transaction.put(next.value, for: place.bytes, in: taken)
            } else {
                try transaction.delete(place.bytes.span, in: taken)
            }
        }
    }

    /// To be looked at again, unless there was a hint meanwhile.
    func postpone(_ look: Look, to due: Int64) async throws(StoreError) {
        try await committer.commit { [self] transaction throws(StoreError) in
            guard try self.due(of: look.place, in: transaction) == look.due else { return }
            let later = Look(look.object, due: due, attempts: look.attempts + 1)
            try replace(later, in: transaction)
        }
    }

    // MARK: Images that go

    func departing(limit: Int) throws(StoreError) -> [(key: [UInt8], departure: Departure)] {
        try store.read { snapshot throws(StoreError) in
            var found: [(key: [UInt8], departure: Departure)] = []
            try snapshot.scan(departing, from: .first) { key, value throws(StoreError) in
                let key = key.indices.map { key[$0] }
                let value = unsafe value.withUnsafeBytes { unsafe [UInt8]($0) }
                guard let departure = Departure(key: key, value: value)
                else { throw .damagedRecord }
                found.append((key, departure))
                return found.count < limit ? .next : .stop
            }
            return found
        }
    }

    /// An object may have it again.
    ///
    /// - Parameter place: of one object; `nil`: of any.
    func isHeld(_ image: TakenImage, at place: ObjectPlace? = nil) throws(StoreError) -> Bool {
        let wanted = image.key + (place?.bytes ?? [])
        return try store.read { snapshot throws(StoreError) in
            var isHeld = false
            try snapshot.scan(holders, from: .atOrAfter(wanted)) { key, _ throws(StoreError) in
                isHeld = wanted.indices.allSatisfy { key[$0] == wanted[$0] }
                return .stop
            }
            return isHeld
        }
    }

    /// Unless the object had it again meanwhile, and has it no more.
    func departed(_ key: [UInt8], _ departure: Departure) async throws(StoreError) {
        try await committer.commit { [departing] transaction throws(StoreError) in
            let value = try transaction.copy(for: key.span, in: departing)
            guard let value, Departure(key: key, value: value) == departure else { return }
            try transaction.delete(key.span, in: departing)
        }
    }

    // MARK: Parts

    private func due(
        of place: ObjectPlace, in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> Int64? {
        try transaction.copy(for: place.bytes.span, in: places)
            .map { Int64(clamping: Record.number($0)) }
    }

    private func replace(
        _ look: Look, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        let place = look.place
        if let old = try due(of: place, in: transaction) {
            let key = Look(look.object, due: old).key
            try transaction.delete(key.span, in: looks)
        }
        try transaction.put(look.value, for: look.key, in: looks)
        try transaction.put(Record.bytes(of: UInt64(look.due)), for: place.bytes, in: places)
    }
}
