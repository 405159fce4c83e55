package import Events
package import Rendition
internal import Store
package import Text

/// The index of one edge in an LMDB environment of its own.
///
/// Writes share commits; each waits for the flush, but not on its thread. Reads are done where they
/// are called, on a snapshot: they may fault pages in from the disk, and a listing looks at up to
/// `scanLimit` documents, so event loops keep to `makeSummaries`.
package final class LocalImageIndex: ImageIndex {
    package struct Options: Sendable {
        /// The most the index can grow to: about 1 KB an image.
        package var mapByteCount = 64 << 30
        package var maximumVerdictCount = 1_000_000
        /// Documents that a page of a listing looks at, at most: 2 to 5 ms of reading.
        package var scanLimit = 1000
        /// Images that a search for similar ones compares with, the newest, at most.
        package var similarityScanLimit = 1_000_000
        /// Who is told of what happens to images.
        package var subscribers: [Subscriber] = []
        /// What is still to be told to anybody else is deleted.
        package var forgetsOthers = true
        /// Events that are kept for each of them.
        package var eventCapacity = 100_000
        /// Where what is true is kept for several edges, of which this is one; `nil`: it is here.
        package var truth: (any IndexTruth)?
        package init() {}
    }

    /// What `owners` tells at most.
    private static let shownOwners = 100

    private let store: Store
    private let committer: GroupCommitter
    let tables: Tables
    /// What happened to images, written with it.
    package let events: EventJournal
    let options: Options

    /// Opens the index in `directory`, which exists.
    package init(directory: String, options: Options = Options()) throws(ImageIndexError) {
        do throws(StoreError) {
            let durable = Store.Options(mapByteCount: options.mapByteCount)
            try Tables.prepare(directory, durable)
            store = try Store(
                directory: directory, databases: Tables.names + EventJournal.tableNames,
                options: durable)
            tables = Tables(store)
            let untold = UntoldEvents(store)
            let tables = tables
            committer = try GroupCommitter(
                store,
                partner: options.truth.map { truth in
                    Agreement(truth: truth, tables: tables, untold: untold)
                })
            events = try EventJournal(
                store, committer, subscribers: options.subscribers,
                capacity: options.eventCapacity, forgetsOthers: options.forgetsOthers)
        } catch { throw ImageIndexError(error) }
        self.options = options
    }

    /// Returns when every accepted write is durable; what comes later is refused. Blocks.
    package func close() { committer.close() }

    package var maximumVerdictCount: Int { options.maximumVerdictCount }

    package func makeSummaries() throws(ImageIndexError) -> any ImageSummaries {
        do { return try SummaryReader(store: store, tables: tables) } catch {
            throw ImageIndexError(error)
        }
    }

    package var deliveries: any DeliveryQueue { events }
    package var subscribers: [Subscriber] { options.subscribers }

    package var isShared: Bool { false }
    package func find(_ hash: ContentHash) async throws(ImageIndexError) -> Bool { false }
    package func claim(
        _ hash: ContentHash, before end: Duration
    ) async throws(ImageIndexError) {}
    package func extend(
        claim hash: ContentHash, by time: Duration
    ) async throws(ImageIndexError) -> Bool { true }
    package func release(_ hash: ContentHash, isSettled: Bool) async -> Bool { true }
    package func announcePurge(of hash: ContentHash) async throws(ImageIndexError) {}
    package func confirmation(of hash: ContentHash, isPurge: Bool) async -> EdgeCount? { nil }
    package var trouble: String? { nil }
    package var staleness: Duration? { .zero }
    package var isLoading: Bool { false }

    package func makeDoorbell() -> Doorbell { events.makeDoorbell() }

    package func retryParked(at microseconds: Int64) async throws(ImageIndexError) -> Int {
        do { return try await events.retryParked(at: microseconds) } catch {
            throw ImageIndexError(error)
        }
    }

    func read<R>(
        _ body: (borrowing Snapshot) throws(StoreError) -> R
    ) throws(ImageIndexError) -> R {
        do { return try store.read(body) } catch { throw ImageIndexError(error) }
    }

    /// By the one who writes, past those who would have to agree.
    func write<R>(
        _ body: (borrowing WriteTransaction) throws(StoreError) -> R
    ) throws(ImageIndexError) -> R {
        do { return try store.write(body) } catch { throw ImageIndexError(error) }
    }

    /// - Parameter keys: whose states it may read and change.
    func commit<R: Sendable>(
        _ keys: [StateKey],
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> R
    ) async throws(ImageIndexError) -> R {
        do {
            // Nobody asks for names where the index is of this edge alone.
            let names = options.truth == nil ? [] : keys.map(\.name)
            let result = try await committer.commit(naming: names, body)
            events.announce()
            return result
        } catch { throw ImageIndexError(error) }
    }
}

// MARK: Reading

extension LocalImageIndex {
    package func image(
        _ hash: ContentHash, _ choice: EntryChoice
    ) async throws(ImageIndexError) -> ImageLookup {
        try read { snapshot throws(StoreError) in
            if let document = try tables.entry(of: hash, choice, in: snapshot) {
                return .present(document)
            }
            return Self.lookup(try tables.summary(hash, in: snapshot))
        }
    }

    package func owners(
        of hash: ContentHash
    ) async throws(ImageIndexError) -> [UTF8String?] {
        try read { snapshot throws(StoreError) in
            try tables.entries(of: hash, limit: Self.shownOwners, in: snapshot).map(\.owner)
        }
    }

    package func list(
        _ query: ImageQuery, limit: Int, after cursor: ImageCursor?
    ) async throws(ImageIndexError) -> ImagePage {
        precondition(limit > 0, "a page of \(limit)")
        guard query.isPossible else { return ImagePage() }
        return try read { snapshot throws(StoreError) in
            try page(query, limit: limit, from: start(query, cursor), in: snapshot)
        }
    }

    package func verdict(
        for hash: ContentHash, pipeline: PipelineVersion
    ) async throws(ImageIndexError) -> Verdict? {
        let record = try read { snapshot throws(StoreError) in
            try snapshot.copy(for: hash.byteArray.span, in: tables.verdicts)
        }
        guard let record else { return nil }
        do { return try Verdict.decode(record, pipeline: pipeline) } catch { throw .damaged }
    }

    package func counts() throws(ImageIndexError) -> ImageCounts {
        try read { snapshot throws(StoreError) in
            let entries = try snapshot.count(of: tables.images)
            let present = entries - (try snapshot.count(of: tables.shares))
            return ImageCounts(
                present: present, entries: entries,
                tombstones: try snapshot.count(of: tables.summaries) - present,
                verdicts: try snapshot.count(of: tables.verdicts))
        }
    }

    static func lookup(_ tombstone: ImageSummary?) -> ImageLookup {
        switch tombstone?.state {
        case .blocked: .blocked
        case .deleted: .deleted
        case nil, .present: .unknown
        }
    }

    private func start(_ query: ImageQuery, _ cursor: ImageCursor?) -> ScanStart {
        let prefix = Facet.narrowest(of: query)?.prefix ?? []
        // Above all that begin like this.
        let end = prefix + Array(repeating: .max, count: OrderKey.byteCount + 1)
        let places = [
            end, cursor.map { prefix + $0.place.bytes },
            query.until.map { prefix + OrderKey.timeBytes($0) },
        ]
        return .before(places.compactMap { $0 }.min { $0.lexicographicallyPrecedes($1) } ?? end)
    }

    private func page(
        _ query: ImageQuery, limit: Int, from start: ScanStart, in snapshot: borrowing Snapshot
    ) throws(StoreError) -> ImagePage {
        let facet = Facet.narrowest(of: query)
        let prefix = facet?.prefix ?? []
        var page = ImagePage()
        var looked = 0
        var last: OrderKey?
        // One step beyond the last place tells whether there is a next page.
        try snapshot.scan(facet == nil ? tables.images : tables.facets, from: start) {
            key, value throws(StoreError) in
            guard key.begins(with: prefix) else { return .stop }
            guard let place = OrderKey(key.extracting(droppingFirst: prefix.count))
            else { throw .damagedRecord }
            if let since = query.since, place.uploadedAt < since { return .stop }
            if page.images.count == limit || looked == options.scanLimit {
                page.next = last.map(ImageCursor.init(after:))
                return .stop
            }
            let document =
                facet == nil
                ? try Tables.decode(unsafe value.withUnsafeBytes { unsafe Array($0) }, place.hash)
                : try tables.document(at: place, in: snapshot)
            if query.matches(document) { page.images.append(document) }
            (last, looked) = (place, looked + 1)
            return .next
        }
        return page
    }
}

extension Span<UInt8> {
    func begins(with prefix: [UInt8]) -> Bool {
        guard count >= prefix.count else { return false }
        for index in prefix.indices where self[index] != prefix[index] { return false }
        return true
    }
}
