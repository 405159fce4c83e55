internal import Events
internal import LinuxIO
package import Rendition
internal import Store
package import Text

// What changes the index. Each event is of one entry: who is told of an owner's images is told of
// his.
extension LocalImageIndex {
    package func put(
        _ document: ImageDocument, mustBeKnown: Bool, expecting expected: Expectation?
    ) async throws(ImageIndexError) -> PutOutcome {
        precondition(
            document.byteCount > 0 && document.width > 0 && document.height > 0,
            "an image without pixels")
        try document.checkLimits()
        return try await commit([.image(document.hash)]) {
            [self] transaction throws(StoreError) in
            var entry = document
            switch try tables.summary(document.hash, in: transaction)?.state {
            case .blocked: return .blocked
            case .present:
                guard expected?.holds(for: document) != false
                else { return .changed(isPresent: true) }
                if let known = try tables.entry(
                    of: document.hash, owner: document.owner, in: transaction)
                {
                    guard let given = document.givenNames.last else { return .existing(known) }
                    var named = known
                    named.give(given.name, at: given.time)
                    try tables.change(known, to: named, in: transaction)
                    try tell(of: named, before: known, in: transaction)
                    return .existing(named)
                }
                guard let shared = try tables.share(document, in: transaction)
                else { return .crowded }
                entry = shared
            case .deleted, nil:
                if mustBeKnown { return .unknown }
                guard expected?.holds(for: nil) != false
                else { return .changed(isPresent: false) }
                try tables.insert(document, in: transaction)
            }
            try events.append(.imageStored, in: transaction) { Event($0, entry) }
            if entry.status == .ready {
                try events.append(.imageReady, in: transaction) { Event($0, entry) }
            }
            return .created(entry)
        }
    }

    package func delete(
        _ hash: ContentHash, block: Bool, expecting expected: Expectation?, of owner: UTF8String?
    ) async throws(ImageIndexError) -> DeleteOutcome {
        // Nobody blocks for others.
        let block = block && owner == nil
        return try await commit([.image(hash)]) {
            [tables, events] transaction throws(StoreError) in
            let entries =
                if let owner {
                    try tables.entry(of: hash, owner: owner, in: transaction).map { [$0] } ?? []
                } else {
                    try tables.entries(of: hash, in: transaction)
                }
            if let first = entries.first {
                guard expected.map({ expected in entries.contains(where: expected.holds) }) != false
                else { return .changed }
                var staysKnown = false
                if owner != nil {
                    staysKnown = try tables.removeShare(first, in: transaction)
                }
                if !staysKnown {
                    try tables.bury(
                        entries, as: block ? .blocked : .deleted, in: transaction)
                }
                for (place, entry) in entries.enumerated() {
                    let isLast = !staysKnown && place == entries.count - 1
                    try events.append(.imageDeleted, in: transaction) {
                        Event($0, entry, isLast: isLast)
                    }
                }
                return staysKnown ? .entryDeleted : .deleted(first)
            }
            guard var tombstone = try tables.summary(hash, in: transaction),
                tombstone.state != .present
            else { return .unknown }
            guard expected?.holds(for: nil) != false else { return .changed }
            if block, tombstone.state != .blocked {
                tombstone.state = .blocked
                try tables.mark(hash, tombstone, in: transaction)
            }
            return .gone
        }
    }

    package func patch(
        _ hash: ContentHash, _ patch: ImagePatch, expecting expected: Expectation?,
        _ choice: EntryChoice
    ) async throws(ImageIndexError) -> PatchOutcome {
        let checked: Result<PatchOutcome, ImageIndexError> = try await commit([.image(hash)]) {
            [self] transaction throws(StoreError) in
            guard let known = try tables.entry(of: hash, choice, in: transaction) else {
                return .success(.absent(Self.lookup(try tables.summary(hash, in: transaction))))
            }
            guard expected?.holds(for: known) != false else { return .success(.changed) }
            var document = known
            patch.apply(to: &document, at: Clock.wallMicroseconds())
            do throws(ImageIndexError) { try document.checkLimits() } catch {
                return .failure(error)
            }
            if document.owner != known.owner,
                try tables.entry(of: hash, owner: document.owner, in: transaction) != nil
            {
                return .success(.taken)
            }
            try tables.change(known, to: document, in: transaction)
            try tell(of: document, before: known, in: transaction)
            return .success(.patched(document))
        }
        return try checked.get()
    }

    /// Who keeps something under the names of images is told of other ones.
    private func tell(
        of document: ImageDocument, before known: ImageDocument,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        guard
            known.names != document.names || known.givenNames != document.givenNames
                || known.owner != document.owner
        else { return }
        try events.append(.imageNamed, in: transaction) { Event($0, document, before: known) }
    }

    package func remember(
        _ verdict: Verdict, for hash: ContentHash, pipeline: PipelineVersion,
        from origin: UploadOrigin?
    ) async throws(ImageIndexError) {
        let record = verdict.encoded(pipeline: pipeline)
        let (table, maximum) = (tables.verdicts, options.maximumVerdictCount)
        try await commit([.image(hash)]) { [tables, events] transaction throws(StoreError) in
            // Found out after it was stored: its document says so from the same moment.
            let changed = try tables.changeAll(hash, in: transaction) {
                ($0.status, $0.error) = (.failed, verdict.detail)
            }
            for (old, new) in changed {
                try tables.endPending(old, in: transaction)
                if old.status != .failed {
                    try events.append(.imageFailed, in: transaction) { Event($0, new) }
                }
            }
            if changed.isEmpty,
                try transaction.copy(for: hash.byteArray.span, in: table) != record
            {
                try events.append(.imageFailed, in: transaction) { _ in
                    Event(refused: hash, verdict, from: origin)
                }
            }
            try transaction.put(record, for: hash.byteArray, in: table)
            try tables.dropVerdict(besides: hash, over: maximum, in: transaction)
        }
    }
}
