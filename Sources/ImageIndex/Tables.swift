internal import Rendition
internal import Store

/// The tables of the local index. A document, its place and its summary are written by one
/// transaction.
struct Tables: Sendable {
    static let names = [
        "format", "documents", "order", "facets", "likenesses", "summaries", "verdicts",
        "pending",
    ]
    static let format: UInt8 = 2

    /// One entry, `format`: the number of this layout.
    let format: Database
    /// Hash to `ImageDocument.encoded`; present images only.
    let documents: Database
    /// `OrderKey` to nothing.
    let order: Database
    /// `Facet.key` to nothing.
    let facets: Database
    /// `LikenessKey` to nothing; of images that have a perceptual hash.
    let likenesses: Database
    /// Hash to `ImageSummary.encoded`; tombstones too.
    let summaries: Database
    /// Hash to `Verdict.encoded`.
    let verdicts: Database
    /// `OrderKey` to nothing: images that are `stored` or `processing`.
    let pending: Database

    init(_ store: Store) {
        format = store.database("format")
        documents = store.database("documents")
        order = store.database("order")
        facets = store.database("facets")
        likenesses = store.database("likenesses")
        summaries = store.database("summaries")
        verdicts = store.database("verdicts")
        pending = store.database("pending")
    }

    func document(
        _ hash: ContentHash, in snapshot: borrowing Snapshot
    ) throws(StoreError) -> ImageDocument? {
        let record = try snapshot.copy(for: hash.byteArray.span, in: documents)
        return try Self.decode(record, hash)
    }

    /// By the first bytes of its hash.
    func document(
        named name: [UInt8], in snapshot: borrowing Snapshot
    ) throws(StoreError) -> ImageDocument? {
        var document: ImageDocument?
        try snapshot.scan(documents, from: .atOrAfter(name)) { key, value throws(StoreError) in
            guard let hash = ContentHash(raw: key), hash.byteArray.starts(with: name)
            else { return .stop }
            document = try Self.decode(unsafe value.withUnsafeBytes { unsafe Array($0) }, hash)
            return .stop
        }
        return document
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
        try transaction.put(document.encoded, for: document.hash.byteArray, in: documents)
        try moveOrders(from: nil, to: document, in: transaction)
        if document.status == .stored {
            try transaction.put([], for: OrderKey(document).bytes, in: pending)
        }
        try mark(document.hash, ImageSummary(of: document, state: .present), in: transaction)
    }

    /// The same image at the same time, with other words about it.
    func replace(
        _ old: ImageDocument, with new: ImageDocument,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        precondition(old.hash == new.hash && old.uploadedAt == new.uploadedAt, "another image")
        try transaction.put(new.encoded, for: new.hash.byteArray, in: documents)
        try moveOrders(from: old, to: new, in: transaction)
    }

    func bury(
        _ document: ImageDocument, as state: ImageSummary.State,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try transaction.delete(document.hash.byteArray.span, in: documents)
        try moveOrders(from: document, to: nil, in: transaction)
        try endPending(document, in: transaction)
        try mark(document.hash, ImageSummary(of: document, state: state), in: transaction)
    }

    /// Whatever an image is found by, out of where it was and into where it is now.
    func moveOrders(
        from old: ImageDocument?, to new: ImageDocument?,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try move(old.map { [OrderKey($0).bytes] }, new.map { [OrderKey($0).bytes] }, order)
        try move(old.map(Self.facetKeys), new.map(Self.facetKeys), facets)
        try move(old.map(Self.likenessKeys), new.map(Self.likenessKeys), likenesses)

        func move(
            _ old: Set<[UInt8]>?, _ new: Set<[UInt8]>?, _ table: Database
        ) throws(StoreError) {
            let (old, new) = (old ?? [], new ?? [])
            for key in old.subtracting(new) { try transaction.delete(key.span, in: table) }
            for key in new.subtracting(old) { try transaction.put([], for: key, in: table) }
        }
    }

    private static func facetKeys(_ document: ImageDocument) -> Set<[UInt8]> {
        Set(Facet.all(of: document).map { $0.key(OrderKey(document)) })
    }

    private static func likenessKeys(_ document: ImageDocument) -> Set<[UInt8]> {
        Set(LikenessKey.all(of: document).map(\.bytes))
    }

    func mark(
        _ hash: ContentHash, _ summary: ImageSummary,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try transaction.put(summary.encoded, for: hash.byteArray, in: summaries)
    }

    static func decode(
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
