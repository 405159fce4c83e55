internal import Rendition
internal import Store

/// The tables of the local index. A document, its places and its summary are written by one
/// transaction. Only summaries and verdicts lie in the order of hashes, which is none: an entry of
/// such a table costs a page of its own, once there are many.
struct Tables: Sendable {
    static let names = [
        "format", "images", "image-facets", "image-likenesses", "image-summaries", "image-pending",
        "verdicts", "image-shares", "upload-links", "shared-tokens",
    ]
    static let format: UInt8 = 4

    /// One entry, `format`: the number of this layout.
    let format: Database
    /// `OrderKey` to `ImageDocument.encoded`; present images only, one for each entry.
    let images: Database
    /// Hash and owner of each entry but the one that the summary names, to its time: most images
    /// have one entry, and nothing here.
    let shares: Database
    /// `Facet.key` to nothing.
    let facets: Database
    /// `OrderKey` to the perceptual hash, of images that have one.
    let likenesses: Database
    /// The same of the newest, for who searches.
    let likenessMemory = LikenessMemory()
    /// Hash to `ImageSummary.encoded`; tombstones too. Its time is that of one entry.
    let summaries: Database
    /// `OrderKey` to nothing: images that are `stored` or `processing`.
    let pending: Database
    /// Hash to `Verdict.encoded`.
    let verdicts: Database

    /// End and id of upload links that are for a number of pictures, to how many have come.
    /// `nil` where who only reads meets an index that has had none.
    let links: Database?

    /// Digest to a token of those that several edges share, as its writer put it.
    let tokens: Database?

    init(_ store: Store) {
        tokens = store.database(ifThere: "shared-tokens")
        links = store.database(ifThere: "upload-links")
        format = store.database("format")
        images = store.database("images")
        facets = store.database("image-facets")
        likenesses = store.database("image-likenesses")
        summaries = store.database("image-summaries")
        pending = store.database("image-pending")
        verdicts = store.database("verdicts")
        shares = store.database("image-shares")
    }

    /// All but what the store itself is.
    var contents: [Database] {
        [images, shares, facets, likenesses, summaries, pending, verdicts]
            + [links, tokens].compactMap { $0 }
    }

    /// Of an image that is in some order.
    func document(
        at place: OrderKey, in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> ImageDocument {
        guard let record = try transaction.copy(for: place.bytes.span, in: images)
        else { throw .damagedRecord }
        return try Self.decode(record, place.hash)
    }

    func summary(
        _ hash: ContentHash, in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> ImageSummary? {
        try transaction.withValue(for: hash.byteArray.span, in: summaries, Self.decode)
    }

    func insert(
        _ document: ImageDocument, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try insertRow(document, in: transaction)
        if document.status == .stored || document.status == .processing {
            try transaction.put([], for: OrderKey(document).bytes, in: pending)
        }
        try mark(document.hash, ImageSummary(of: document, state: .present), in: transaction)
    }

    /// Into all orders.
    func insertRow(
        _ document: ImageDocument, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try transaction.put(document.encoded, for: OrderKey(document).bytes, in: images)
        try moveOrders(from: nil, to: document, in: transaction)
    }

    /// The same entry at the same time, with other words about it.
    func replace(
        _ old: ImageDocument, with new: ImageDocument,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        precondition(old.hash == new.hash && old.uploadedAt == new.uploadedAt, "another image")
        try transaction.put(new.encoded, for: OrderKey(new).bytes, in: images)
        try moveOrders(from: old, to: new, in: transaction)
    }

    /// Out of all orders. What its summary says is the caller's part.
    func remove(
        _ document: ImageDocument, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try transaction.delete(OrderKey(document).bytes.span, in: images)
        try moveOrders(from: document, to: nil, in: transaction)
        try endPending(document, in: transaction)
    }

    /// Whatever an image is found by, out of where it was and into where it is now.
    private func moveOrders(
        from old: ImageDocument?, to new: ImageDocument?,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        let (oldKeys, newKeys) = (Self.facetKeys(old), Self.facetKeys(new))
        for key in oldKeys.subtracting(newKeys) {
            try transaction.delete(key.span, in: facets)
        }
        for key in newKeys.subtracting(oldKeys) { try transaction.put([], for: key, in: facets) }
        guard old?.perceptualHash != new?.perceptualHash else { return }
        if let new, let hash = new.perceptualHash {
            let bytes = (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) }
            try transaction.put(bytes, for: OrderKey(new).bytes, in: likenesses)
        } else if let old {
            try transaction.delete(OrderKey(old).bytes.span, in: likenesses)
        }
        if let key = new ?? old { likenessMemory.note(OrderKey(key), in: transaction) }
    }

    private static func facetKeys(_ document: ImageDocument?) -> Set<[UInt8]> {
        guard let document else { return [] }
        return Set(Facet.all(of: document).map { $0.key(OrderKey(document)) })
    }

    func mark(
        _ hash: ContentHash, _ summary: ImageSummary,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try transaction.put(summary.encoded, for: hash.byteArray, in: summaries)
    }

    static func decode(
        _ record: [UInt8], _ hash: ContentHash
    ) throws(StoreError) -> ImageDocument {
        do { return try ImageDocument(hash: hash, encoded: record) } catch { throw .damagedRecord }
    }

    private static func decode(_ record: RawSpan?) throws(StoreError) -> ImageSummary? {
        guard let record else { return nil }
        guard let summary = ImageSummary(encoded: record) else { throw .damagedRecord }
        return summary
    }

    /// Where there are more verdicts than that, one of them makes way.
    func dropVerdict(
        besides hash: ContentHash, over maximum: Int,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        guard try transaction.count(of: verdicts) > maximum else { return }
        // Hashes are even, so the neighbour is as good as drawn by lot.
        var victim: [UInt8]?
        for start in [ScanStart.after(hash.byteArray), .first] where victim == nil {
            try transaction.scan(verdicts, from: start) { key, _ throws(StoreError) in
                victim = key.indices.map { key[$0] }
                return .stop
            }
        }
        if let victim { try transaction.delete(victim.span, in: verdicts) }
    }
}
