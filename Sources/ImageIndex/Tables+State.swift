internal import Rendition
internal import Store

// All that the tables have of one thing in one record, and the way back: what edges that share an
// index tell each other. A record that nothing is known of is empty.
//
// A version byte, then fields: the summary, the entries, the first one first, whether something is
// still to be made, the verdict.
extension Tables {
    private static let stateVersion: UInt8 = 1

    private enum Tag {
        static let summary: UInt8 = 1
        static let entry: UInt8 = 2
        static let pending: UInt8 = 3
        static let verdict: UInt8 = 4
    }

    func state(
        of key: StateKey, in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> [UInt8] {
        switch key {
        case .image(let hash): return try state(of: hash, in: transaction)
        case .link(let name), .token(let name):
            guard let table = table(of: key) else { return [] }
            return try transaction.copy(for: name.span, in: table) ?? []
        }
    }

    /// In the place of what is there; nothing is written where it is the same.
    ///
    /// - Returns: whether it was another.
    @discardableResult
    func install(
        _ state: [UInt8], as key: StateKey, in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> Bool {
        guard try self.state(of: key, in: transaction) != state else { return false }
        switch key {
        case .image(let hash): try install(state, of: hash, in: transaction)
        case .link(let name), .token(let name):
            guard let table = table(of: key) else { return false }
            try set(state.isEmpty ? nil : state, for: name, in: table, transaction)
        }
        return true
    }

    private func set(
        _ value: [UInt8]?, for key: [UInt8], in table: Database,
        _ transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        if let value {
            try transaction.put(value, for: key, in: table)
        } else {
            try transaction.delete(key.span, in: table)
        }
    }

    /// In which a state lies as it is.
    private func table(of key: StateKey) -> Database? {
        switch key {
        case .image: nil
        case .link: links
        case .token: tokens
        }
    }

    private func state(
        of hash: ContentHash, in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> [UInt8] {
        let key = hash.byteArray
        let summary = try transaction.copy(for: key.span, in: summaries)
        let verdict = try transaction.copy(for: key.span, in: verdicts)
        if summary == nil && verdict == nil { return [] }
        var writer = FieldWriter(version: Self.stateVersion)
        if let summary { writer.append(summary, Tag.summary) }
        let entries = try entries(of: hash, in: transaction)
        for entry in entries { writer.append(entry.encoded, Tag.entry) }
        if let first = entries.first {
            let isWaiting = try isPending(first, in: transaction)
            if isWaiting { writer.append([UInt8](), Tag.pending) }
        }
        if let verdict { writer.append(verdict, Tag.verdict) }
        return writer.bytes
    }

    /// Whether a record says that the image is not present.
    static func isGone(_ record: [UInt8], _ hash: ContentHash) -> Bool {
        guard let state = try? ImageState(record, of: hash), let bytes = state.summary,
            let summary = unsafe ImageSummary(encoded: bytes.span.bytes)
        else { return false }
        return summary.state != .present
    }

    private func install(
        _ record: [UInt8], of hash: ContentHash, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        let state: ImageState
        do { state = try ImageState(record, of: hash) } catch { throw .damagedRecord }
        let old = try entries(of: hash, in: transaction)
        try moveEntries(from: old, to: state.entries, in: transaction)
        let key = hash.byteArray
        if let first = state.entries.first {
            if state.isPending {
                try transaction.put([], for: OrderKey(first).bytes, in: pending)
            } else {
                try endPending(first, in: transaction)
            }
        }
        try set(state.summary, for: key, in: summaries, transaction)
        try set(state.verdict, for: key, in: verdicts, transaction)
    }

    private func moveEntries(
        from old: [ImageDocument], to new: [ImageDocument],
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        let newTimes = Set(new.map(\.uploadedAt))
        for entry in old where !newTimes.contains(entry.uploadedAt) {
            try remove(entry, in: transaction)
        }
        let kept = Dictionary(old.map { ($0.uploadedAt, $0) }) { first, _ in first }
        for entry in new {
            guard let known = kept[entry.uploadedAt] else {
                try insertRow(entry, in: transaction)
                continue
            }
            if known != entry { try replace(known, with: entry, in: transaction) }
        }
        for entry in old.dropFirst() { try forgetShare(entry, in: transaction) }
        for entry in new.dropFirst() { try noteShare(entry, in: transaction) }
    }

    /// What a record says.
    private struct ImageState {
        var summary: [UInt8]?
        var entries: [ImageDocument] = []
        var isPending = false
        var verdict: [UInt8]?

        init(_ record: [UInt8], of hash: ContentHash) throws(FieldReader.Damage) {
            if record.isEmpty { return }
            var reader = try FieldReader(record, version: stateVersion)
            while let field = try reader.next() {
                let content = Array(field.content)
                switch field.tag {
                case Tag.summary: summary = content
                case Tag.entry: entries.append(try ImageDocument(hash: hash, encoded: content))
                case Tag.pending: isPending = true
                case Tag.verdict: verdict = content
                default: break  // Of a later version.
                }
            }
            try checkWhole()
        }

        /// The summary tells where the first entry is; without one there is no entry.
        private func checkWhole() throws(FieldReader.Damage) {
            guard Set(entries.map(\.uploadedAt)).count == entries.count else {
                throw FieldReader.Damage()
            }
            guard let summary else {
                guard entries.isEmpty else { throw FieldReader.Damage() }
                return
            }
            guard let known = unsafe ImageSummary(encoded: summary.span.bytes),
                (known.state == .present) == !entries.isEmpty,
                entries.first.map({ $0.uploadedAt == known.uploadedAt }) != false
            else { throw FieldReader.Damage() }
        }
    }
}
