internal import Digest
internal import LinuxIO
package import ObjectStore
package import Rendition
internal import Synchronization

/// Originals in a bucket that many edges share, and those used last on this machine too.
///
/// Every byte from the store is compared with its name before it is used. An upload is in the
/// bucket before it is acknowledged, and lies here too, for it is asked for soon.
package final class BucketOriginals: Originals {
    private let client: ObjectClient
    private let tier: LocalTier
    private let arrivals = Mutex<[ContentHash: Arrival]>([:])
    private let hits = Atomic<UInt64>(0)
    private let misses = Atomic<UInt64>(0)
    private let observe: @Sendable (ObjectEvent) -> Void
    /// What turned out to be wrong in the store: the next upload of it takes its place.
    private let damaged = Mutex<Set<ContentHash>>([])
    /// Until when a deletion that nobody answered may still be carried out.
    private let doubtful = Mutex<[ContentHash: Duration]>([:])

    private static let damagedLimit = 4096
    private static let doubtfulLimit = 4096
    private static let doubtTime = Duration.seconds(60)

    /// - Parameters:
    ///   - path: where those lie that are here too.
    ///   - byteBudget: of them.
    ///   - observe: called on any thread.
    package init(
        _ client: ObjectClient, directory path: String, byteBudget: Int,
        observe: @escaping @Sendable (ObjectEvent) -> Void
    ) throws(OriginalsError) {
        tier = try LocalTier(directory: path, byteBudget: byteBudget)
        (self.client, self.observe) = (client, observe)
    }

    package struct Statistics: Sendable {
        /// Those that are here too.
        package let count: Int
        package let byteCount: Int
        /// How often what was wanted was here, and was not.
        package let hits: UInt64
        package let misses: UInt64
    }

    package var statistics: Statistics {
        let (count, byteCount) = tier.statistics
        return Statistics(
            count: count, byteCount: byteCount, hits: hits.load(ordering: .relaxed),
            misses: misses.load(ordering: .relaxed))
    }

    package var isElsewhere: Bool { true }
    package var trouble: String? {
        client.isGivenUp ? "the store of originals does not answer" : nil
    }

    package func begin() throws(OriginalsError) -> OriginalWriter { try tier.begin() }
    package func openPartial() throws(OriginalsError) -> PartialFolder { try tier.openPartial() }

    package func commit(
        _ original: borrowing FinishedOriginal, as description: OriginalDescription
    ) async throws(OriginalsError) {
        let (hash, byteCount) = (original.hash, original.byteCount)
        try requireSettled(hash)
        let file = SharedDescriptor(try original.openForReading())
        let replaces = damaged.withLock { $0.contains(hash) }
        do throws(ObjectError) {
            _ = try await client.put(
                hash, from: file, byteCount: byteCount, fields: description.objectFields,
                replaces: replaces)
        } catch { throw OriginalsError(error) }
        if replaces { damaged.withLock { _ = $0.remove(hash) } }
        // It is kept; that it is here too is only for the sake of speed.
        try? tier.keep(original)
    }

    package func open(_ hash: ContentHash) async throws(OriginalsError) -> StoredOriginal {
        let hold = try await fetch(hash)
        defer { withExtendedLifetime(hold) {} }
        return try tier.open(hash)
    }

    package func hold(_ hash: ContentHash) -> OriginalHold? {
        guard let hold = tier.hold(hash) else { return nil }
        hits.wrappingAdd(1, ordering: .relaxed)
        return hold
    }

    package func openLocally(_ hash: ContentHash) throws(OriginalsError) -> StoredOriginal {
        try tier.open(hash)
    }

    package func read(_ hash: ContentHash) async throws(OriginalsError) -> OriginalReading {
        if let hold = hold(hash) {
            defer { withExtendedLifetime(hold) {} }
            return .stored(try tier.open(hash))
        }
        let arrival = arrive(hash)
        guard let outcome = await arrival.begun() else { return .arriving(arrival) }
        let hold = try outcome.get()
        defer { withExtendedLifetime(hold) {} }
        return .stored(try tier.open(hash))
    }

    package func fetch(_ hash: ContentHash) async throws(OriginalsError) -> OriginalHold {
        if let hold = hold(hash) { return hold }
        return try await arrive(hash).ended().get()
    }

    /// The one under way, or a new one.
    private func arrive(_ hash: ContentHash) -> Arrival {
        misses.wrappingAdd(1, ordering: .relaxed)
        let (arrival, isNew) = arrivals.withLock { arrivals in
            if let arrival = arrivals[hash] { return (arrival, false) }
            let arrival = Arrival()
            arrivals[hash] = arrival
            return (arrival, true)
        }
        guard isNew else { return arrival }
        Task { [self] in
            let outcome: Arrival.Outcome
            do throws(OriginalsError) { outcome = .success(try await bring(hash, arrival)) } catch {
                outcome = .failure(error)
            }
            arrivals.withLock { _ = $0.removeValue(forKey: hash) }
            if !arrival.end(outcome) { tier.remove(hash) }
        }
        return arrival
    }

    private func bring(
        _ hash: ContentHash, _ arrival: Arrival
    ) async throws(OriginalsError) -> OriginalHold {
        // It may have come since it was looked for.
        if let hold = tier.prove(hash) { return hold }
        let file: SharedDescriptor
        let byteCount: Int
        do throws(ObjectError) {
            (file, byteCount) = try await client.fetch(hash, byteLimit: tier.byteBudget) {
                [tier] () throws(SystemError) in
                let file = try tier.createUnnamed()
                arrival.begin(file)
                return file
            } progress: {
                arrival.has($0)
            }
        } catch {
            note(error, of: hash)
            throw OriginalsError(error)
        }
        return try tier.keep(file, hash, byteCount: byteCount)
    }

    private func note(_ error: ObjectError, of hash: ContentHash) {
        switch error {
        case .wrongBytes:
            observe(.damaged(hash))
            damaged.withLock { if $0.count < Self.damagedLimit { $0.insert(hash) } }
        case .notFound: observe(.absent(hash))
        case .forbidden, .unavailable, .givenUp, .full, .tooLarge: break
        }
    }

    package func contains(_ hash: ContentHash) async throws(OriginalsError) -> Bool {
        do throws(ObjectError) { return try await client.byteCount(of: hash) != nil } catch {
            throw OriginalsError(error)
        }
    }

    package func delete(
        _ hash: ContentHash, before end: Duration
    ) async throws(OriginalsError) {
        forget(hash)
        do throws(ObjectError) { try await client.delete(hash, before: end) } catch {
            if case .unavailable = error { doubt(hash) }
            throw OriginalsError(error)
        }
    }

    package func forget(_ hash: ContentHash) {
        // One that has just come is removed by whoever sees the other's part.
        arrivals.withLock { $0[hash] }?.forget()
        tier.remove(hash)
    }

    // MARK: Deletions in doubt

    /// A deletion was sent and not answered: who knows when a store that hung does it. What is
    /// acknowledged meanwhile could be lost.
    private func doubt(_ hash: ContentHash) {
        let now = Clock.monotonic()
        doubtful.withLock { doubtful in
            if doubtful.count >= Self.doubtfulLimit {
                doubtful = doubtful.filter { $0.value > now }
            }
            doubtful[hash] = now + Self.doubtTime
        }
    }

    private func requireSettled(_ hash: ContentHash) throws(OriginalsError) {
        if !isSettled(hash) { throw .away("its deletion has not been answered yet") }
    }

    package func isSettled(_ hash: ContentHash) -> Bool {
        doubtful.withLock { $0[hash] }.map { $0 <= Clock.monotonic() } ?? true
    }

    package func forEachHash(
        _ body: (ContentHash) -> Bool
    ) async throws(OriginalsError) {
        do throws(ObjectError) {
            try await client.forEach { object throws(ObjectError) in body(object.hash) }
        } catch { throw OriginalsError(error) }
    }
}
