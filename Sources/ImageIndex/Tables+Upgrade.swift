internal import Rendition
internal import Store

/// The tables of formats 1 and 2, in the order of hashes. What is not here was made of these.
private struct OlderTables {
    static let names = ["documents", "order", "facets", "likenesses", "summaries", "pending"]

    private let all: [Database]
    /// Hash to `ImageDocument.encoded`.
    let documents: Database
    /// Hash to a summary that tells seconds; tombstones too.
    let summaries: Database

    init(_ store: Store) {
        all = Self.names.map(store.database)
        (documents, summaries) = (store.database("documents"), store.database("summaries"))
    }

    func remove(in transaction: borrowing WriteTransaction) throws(StoreError) {
        for table in all { try transaction.remove(table) }
    }
}

extension Tables {
    private static let formatKey = Array("format".utf8)

    /// Makes the store in `directory` ours, a new one or one of an older format. Killed meanwhile
    /// it begins again: what is written twice is the same.
    static func prepare(_ directory: String, _ options: Store.Options) throws(StoreError) {
        let found = try format(
            of: Store(directory: directory, databases: ["format"], options: options))
        if found == format { return }
        if found == 3 { return try upgradeThree(directory, options) }
        guard found == nil || found == 1 || found == 2 else { throw .damagedRecord }
        let store = try Store(
            directory: directory, databases: names + OlderTables.names, options: options)
        let (tables, older) = (Tables(store), OlderTables(store))
        try store.inBatches(of: older.documents) { batch, transaction throws(StoreError) in
            for (hash, record) in batch {
                try tables.insert(decode(record, hash), in: transaction)
            }
        }
        try store.inBatches(of: older.summaries) { batch, transaction throws(StoreError) in
            for (hash, record) in batch {
                guard let summary = ImageSummary(encodedInSeconds: record)
                else { throw .damagedRecord }
                if summary.state != .present { try tables.mark(hash, summary, in: transaction) }
            }
        }
        try store.write { transaction throws(StoreError) in
            try older.remove(in: transaction)
            try transaction.put([format], for: formatKey, in: tables.format)
        }
    }

    /// Format 3 had one entry of each image, and is read as it is: the number alone keeps a program
    /// away that would see one entry of several.
    private static func upgradeThree(
        _ directory: String, _ options: Store.Options
    ) throws(StoreError) {
        let store = try Store(directory: directory, databases: ["format"], options: options)
        let table = store.database("format")
        try store.write { transaction throws(StoreError) in
            try transaction.put([format], for: formatKey, in: table)
        }
    }

    /// Of what the store holds; `nil` where it holds nothing yet.
    static func format(of store: Store) throws(StoreError) -> UInt8? {
        guard let table = store.database(ifThere: "format") else { return nil }
        let found = try store.read { snapshot throws(StoreError) in
            try snapshot.copy(for: formatKey.span, in: table)
        }
        guard let found else { return nil }
        guard found.count == 1 else { throw .damagedRecord }
        return found[0]
    }
}

extension Store {
    /// All entries of a table whose keys are hashes, so many in a transaction that it stays small.
    fileprivate func inBatches(
        of table: Database,
        _ body: ([(ContentHash, [UInt8])], borrowing WriteTransaction) throws(StoreError) -> Void
    ) throws(StoreError) {
        var start = ScanStart.first
        var isLast = false
        while !isLast {
            try write { transaction throws(StoreError) in
                var batch: [(ContentHash, [UInt8])] = []
                try transaction.scan(table, from: start) { key, value throws(StoreError) in
                    guard let hash = ContentHash(raw: key) else { throw .damagedRecord }
                    batch.append((hash, unsafe value.withUnsafeBytes { unsafe Array($0) }))
                    return batch.count < 10_000 ? .next : .stop
                }
                try body(batch, transaction)
                if let last = batch.last { start = .after(last.0.byteArray) } else { isLast = true }
            }
        }
    }
}
