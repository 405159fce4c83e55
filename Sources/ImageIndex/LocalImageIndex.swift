package import Events
package import Rendition
internal import Store

/// The index of one edge in an LMDB environment of its own.
///
/// Writes share commits; each waits for the flush, but not on its thread. Reads are done where they
/// are called, on a snapshot: they may fault pages in from the disk, and a listing looks at up to
/// `scanLimit` documents, so event loops keep to `SummaryReader`.
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
        package init() {}
    }

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
            committer = try GroupCommitter(store)
            events = try EventJournal(
                store, committer, subscribers: options.subscribers,
                capacity: options.eventCapacity, forgetsOthers: options.forgetsOthers)
        } catch { throw ImageIndexError(error) }
        self.options = options
    }

    /// Returns when every accepted write is durable; what comes later is refused. Blocks.
    package func close() { committer.close() }

    /// One for each event loop.
    package func makeSummaryReader() throws(ImageIndexError) -> SummaryReader {
        do { return try SummaryReader(store: store, tables: tables) } catch {
            throw ImageIndexError(error)
        }
    }

    func read<R>(
        _ body: (borrowing Snapshot) throws(StoreError) -> R
    ) throws(ImageIndexError) -> R {
        do { return try store.read(body) } catch { throw ImageIndexError(error) }
    }

    func commit<R: Sendable>(
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> R
    ) async throws(ImageIndexError) -> R {
        do {
            let result = try await committer.commit(body)
            events.announce()
            return result
        } catch { throw ImageIndexError(error) }
    }
}

// MARK: Reading

extension LocalImageIndex {
    package func image(_ hash: ContentHash) async throws(ImageIndexError) -> ImageLookup {
        try read { snapshot throws(StoreError) in
            if let document = try tables.document(hash, in: snapshot) { return .present(document) }
            return Self.lookup(try tables.summary(hash, in: snapshot))
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
            let present = try snapshot.count(of: tables.images)
            return ImageCounts(
                present: present, tombstones: try snapshot.count(of: tables.summaries) - present,
                verdicts: try snapshot.count(of: tables.verdicts))
        }
    }

    private static func lookup(_ tombstone: ImageSummary?) -> ImageLookup {
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
    fileprivate func begins(with prefix: [UInt8]) -> Bool {
        guard count >= prefix.count else { return false }
        for index in prefix.indices where self[index] != prefix[index] { return false }
        return true
    }
}

// MARK: Writing

extension LocalImageIndex {
    package func put(_ document: ImageDocument) async throws(ImageIndexError) -> PutOutcome {
        guard document.isPossible else { throw .damaged }
        try document.checkLimits()
        return try await commit { [tables, events] transaction throws(StoreError) in
            if let known = try tables.summary(document.hash, in: transaction) {
                switch known.state {
                case .blocked: return .blocked
                case .present:
                    let place = OrderKey(uploadedAt: known.uploadedAt, hash: document.hash)
                    return .existing(try tables.document(at: place, in: transaction))
                case .deleted: break
                }
            }
            try tables.insert(document, in: transaction)
            try events.append(.imageStored, in: transaction) { Event($0, document) }
            if document.status == .ready {
                try events.append(.imageReady, in: transaction) { Event($0, document) }
            }
            return .created(document)
        }
    }

    package func delete(
        _ hash: ContentHash, block: Bool, of owner: String?
    ) async throws(ImageIndexError) -> DeleteOutcome {
        try await commit { [tables, events] transaction throws(StoreError) in
            if let document = try tables.document(hash, in: transaction) {
                guard owner == nil || document.owner == owner else { return .unknown }
                try tables.bury(document, as: block ? .blocked : .deleted, in: transaction)
                try events.append(.imageDeleted, in: transaction) { Event($0, document) }
                return .deleted(document)
            }
            guard var tombstone = try tables.summary(hash, in: transaction) else {
                return .unknown
            }
            // Nobody in particular owns what is gone.
            if block, owner == nil, tombstone.state != .blocked {
                tombstone.state = .blocked
                try tables.mark(hash, tombstone, in: transaction)
            }
            return .gone
        }
    }

    package func patch(
        _ hash: ContentHash, _ patch: ImagePatch, expecting expected: ImageDocument?,
        of owner: String?
    ) async throws(ImageIndexError) -> PatchOutcome {
        let checked: Result<PatchOutcome, ImageIndexError> = try await commit {
            [tables] transaction throws(StoreError) in
            guard let known = try tables.document(hash, in: transaction) else {
                return .success(.absent(Self.lookup(try tables.summary(hash, in: transaction))))
            }
            guard owner == nil || known.owner == owner else { return .success(.absent(.unknown)) }
            guard expected == nil || known == expected else { return .success(.changed) }
            var document = known
            patch.apply(to: &document)
            do throws(ImageIndexError) { try document.checkLimits() } catch {
                return .failure(error)
            }
            try tables.replace(known, with: document, in: transaction)
            return .success(.patched(document))
        }
        return try checked.get()
    }

    package func remember(
        _ verdict: Verdict, for hash: ContentHash, pipeline: PipelineVersion
    ) async throws(ImageIndexError) {
        let record = verdict.encoded(pipeline: pipeline)
        let (table, maximum) = (tables.verdicts, options.maximumVerdictCount)
        try await commit { [tables, events] transaction throws(StoreError) in
            // Found out after it was stored: its document says so from the same moment.
            if let known = try tables.document(hash, in: transaction) {
                var document = known
                document.status = .failed
                document.error = verdict.detail
                try tables.replace(known, with: document, in: transaction)
                try tables.endPending(known, in: transaction)
                if known.status != .failed {
                    try events.append(.imageFailed, in: transaction) { Event($0, document) }
                }
            } else if try transaction.copy(for: hash.byteArray.span, in: table) != record {
                try events.append(.imageFailed, in: transaction) { _ in
                    Event(refused: hash, verdict)
                }
            }
            try transaction.put(record, for: hash.byteArray, in: table)
            guard try transaction.count(of: table) > maximum else { return }
            // Hashes are even, so the neighbour is as good as drawn by lot.
            var victim: [UInt8]?
            for start in [ScanStart.after(hash.byteArray), .first] where victim == nil {
                try transaction.scan(table, from: start) { key, _ throws(StoreError) in
                    victim = key.indices.map { key[$0] }
                    return .stop
                }
            }
            if let victim { try transaction.delete(victim.span, in: table) }
        }
    }
}
