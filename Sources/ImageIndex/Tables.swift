internal import Rendition
internal import Store

/// The tables of the local index. A document, its place and its summary are written by one
/// transaction.
struct Tables: Sendable {
    static let names = ["format", "documents", "order", "summaries", "verdicts"]
    static let format: UInt8 = 1

    /// One entry, `format`: the number of this layout.
    let format: Database
    /// Hash to `ImageDocument.encoded`; present images only.
    let documents: Database
    /// `OrderKey` to nothing.
    let order: Database
    /// Hash to `ImageSummary.encoded`; tombstones too.
    let summaries: Database
    /// Hash to `Verdict.encoded`.
    let verdicts: Database

    init(_ store: Store) {
        format = store.database("format")
        documents = store.database("documents")
        order = store.database("order")
        summaries = store.database("summaries")
        verdicts = store.database("verdicts")
    }

    func document(
        _ hash: ContentHash, in snapshot: borrowing Snapshot
    ) throws(StoreError) -> ImageDocument? {
        let record = try snapshot.copy(for: hash.byteArray.span, in: documents)
        return try Self.decode(record, hash)
    }

    func document(
        _ hash: ContentHash, in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> ImageDocument? {
        let record = try transaction.copy(for: hash.byteArray.span, in: documents)
        return try Self.decode(record, hash)
    }

    func summary(
        _ hash: ContentHash, in snapshot: borrowing Snapshot
    ) throws(StoreError) -> ImageSummary? {
        try snapshot.withValue(for: hash.byteArray.span, in: summaries, Self.decode)
    }

    func summary(
        _ hash: ContentHash, in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> ImageSummary? {
        try transaction.withValue(for: hash.byteArray.span, in: summaries, Self.decode)
    }

    func insert(
        _ document: ImageDocument, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try replace(document, in: transaction)
        let key = OrderKey(uploadedAt: document.uploadedAt, hash: document.hash).bytes
        try transaction.put([], for: key, in: order)
        try mark(document.hash, ImageSummary(of: document, state: .present), in: transaction)
    }

    /// The same image at the same place, with other words about it.
    func replace(
        _ document: ImageDocument, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try transaction.put(document.encoded, for: document.hash.byteArray, in: documents)
    }

    func bury(
        _ document: ImageDocument, as state: ImageSummary.State,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try transaction.delete(document.hash.byteArray.span, in: documents)
        let key = OrderKey(uploadedAt: document.uploadedAt, hash: document.hash).bytes
        try transaction.delete(key.span, in: order)
        try mark(document.hash, ImageSummary(of: document, state: state), in: transaction)
    }

    func mark(
        _ hash: ContentHash, _ summary: ImageSummary,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try transaction.put(summary.encoded, for: hash.byteArray, in: summaries)
    }

    private static func decode(
        _ record: [UInt8]?, _ hash: ContentHash
    ) throws(StoreError) -> ImageDocument? {
        guard let record else { return nil }
        do { return try ImageDocument(hash: hash, encoded: record) } catch { throw .damagedRecord }
    }

    private static func decode(_ record: RawSpan?) throws(StoreError) -> ImageSummary? {
        guard let record else { return nil }
        guard let summary = ImageSummary(encoded: record) else { throw .damagedRecord }
        return summary
    }
}
