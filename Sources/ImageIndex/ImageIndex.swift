package import Events
package import Rendition
package import Text

/// What is known of each image, and in which order they came.
///
/// Bytes are kept once, and each owner who uploaded them has an entry of its own: a document with
/// his words in it and a place in the order. What is known of the bytes – facts, status – is the
/// same in all of them. They go with the last entry.
///
/// What holds: an outcome is durable when it is returned; a document, its place in the order and
/// its summary change together or not at all; a listing never shows an entry twice nor leaves one
/// out that was there from its first page to its last, whatever is written meanwhile.
package protocol ImageIndex: Sendable {
    /// Enters an image for its owner. An entry that he has stays as it is, but for what is
    /// in `givenNames`; bytes that others have
    /// get one more entry, up to 10,000; one that was deleted comes back, unless it was blocked.
    ///
    /// - Parameters:
    ///   - mustBeKnown: whether bytes that nobody has are left alone, and told as `unknown`.
    ///   - expected: whether somebody has to have the bytes, or nobody, for anything to change;
    ///     `nil`: whatever is.
    func put(
        _ document: ImageDocument, mustBeKnown: Bool, expecting expected: Expectation?
    ) async throws(ImageIndexError) -> PutOutcome

    func image(
        _ hash: ContentHash, _ choice: EntryChoice
    ) async throws(ImageIndexError) -> ImageLookup

    /// Whose entries of these bytes there are, the first hundred; `nil` is nobody's.
    func owners(of hash: ContentHash) async throws(ImageIndexError) -> [UTF8String?]

    /// A page of at most `limit` images, newest first, after the place `cursor` stands for.
    ///
    /// A page may be shorter than `limit`, even empty, while `next` is there: a query that few
    /// images match looks at a bounded number of them a page.
    func list(
        _ query: ImageQuery, limit: Int, after cursor: ImageCursor?
    ) async throws(ImageIndexError) -> ImagePage

    /// Images whose perceptual hash is near the wanted one, and which are present.
    func similar(to query: SimilarityQuery) async throws(ImageIndexError) -> SimilarImages

    /// Forgets this owner's entry, or all of them; with the last one the image goes and leaves a
    /// tombstone. With `block` it can not be uploaded again; a block outlives later deletions
    /// without one.
    ///
    /// - Parameters:
    ///   - expected: one of the entries, or that there is none, for anything to change.
    ///   - owner: images of others are unknown to who asks, and he blocks none; `nil` is everybody.
    func delete(
        _ hash: ContentHash, block: Bool, expecting expected: Expectation?, of owner: UTF8String?
    ) async throws(ImageIndexError) -> DeleteOutcome

    /// Nothing changes unless the entry is present and what it is expected to be.
    ///
    /// - Parameter expected: `nil` takes it as it is.
    func patch(
        _ hash: ContentHash, _ patch: ImagePatch, expecting expected: Expectation?,
        _ choice: EntryChoice
    ) async throws(ImageIndexError) -> PatchOutcome

    /// Remembers that these bytes are refused, so that they are not decoded again. The number of
    /// verdicts is bounded: beyond it an arbitrary other one is forgotten.
    ///
    /// - Parameter origin: of bytes that were not kept.
    func remember(
        _ verdict: Verdict, for hash: ContentHash, pipeline: PipelineVersion,
        from origin: UploadOrigin?
    ) async throws(ImageIndexError)

    /// `nil` also for a verdict of another pipeline version, which may judge otherwise.
    func verdict(
        for hash: ContentHash, pipeline: PipelineVersion
    ) async throws(ImageIndexError) -> Verdict?

    func counts() async throws(ImageIndexError) -> ImageCounts

    // MARK: What workers find out later

    /// Forgets the verdict on these bytes, and its documents' failure with it.
    func forgetVerdict(on hash: ContentHash) async throws(ImageIndexError)

    /// `change` is to touch only what follows from the bytes. Whether that was another than known;
    /// `nil`: the image is not there.
    func correct(
        _ hash: ContentHash, _ change: @escaping @Sendable (inout ImageDocument) -> Void
    ) async throws(ImageIndexError) -> Bool?

    /// Images of which something is still to be made, those that have waited longest. One that is
    /// put as `stored` is among them from the same transaction on: a crash forgets none.
    func pending(
        limit: Int, besides inHand: Set<ContentHash>
    ) async throws(ImageIndexError) -> [ImageDocument]

    /// Lets others make what this edge can not make now. It is pending still.
    func setAside(_ hash: ContentHash) async

    /// Of no effect on an image that is not pending any more.
    func advance(_ hash: ContentHash, to progress: ImageProgress) async throws(ImageIndexError)

    // MARK: Upload links

    /// Counts one use of an upload link, durably, unless it has been used so often. A link is
    /// forgotten when it has ended.
    ///
    /// - Parameters:
    ///   - mark: when it ends, Unix seconds in eight bytes, largest first; then its id.
    ///   - now: Unix seconds.
    func use(link mark: [UInt8], atMost count: Int, now: Int64) async throws(ImageIndexError)
        -> Bool

    /// Takes back a use, of which nothing came.
    func giveBack(link mark: [UInt8]) async throws(ImageIndexError)

    func uses(ofLink mark: [UInt8]) async throws(ImageIndexError) -> Int

    // MARK: Who else may know

    /// Whether several edges have it, so that an image may be known to another and not here yet.
    var isShared: Bool { get }

    /// Asks those who may know of bytes that are not known here. Whether anything is known of them:
    /// then it is here, too.
    func find(_ hash: ContentHash) async throws(ImageIndexError) -> Bool

    /// Keeps every other edge from changing whether these bytes are stored, until `release` or,
    /// where nothing is heard of this edge, for `ClaimTime.work`. For who stores them where all
    /// edges find them.
    ///
    /// - Parameter end: of waiting for another edge, monotonic.
    /// - Throws: `busy` where it comes.
    func claim(_ hash: ContentHash, before end: Duration) async throws(ImageIndexError)
    /// Keeps them from it for at least so long from now on, whatever becomes of this edge.
    ///
    /// - Returns: `false`: somebody else may have changed it meanwhile.
    func extend(claim hash: ContentHash, by time: Duration) async throws(ImageIndexError) -> Bool
    /// - Parameter isSettled: `false`: they are kept from it until the claim ends by itself.
    /// - Returns: whether they were kept from it until now.
    func release(_ hash: ContentHash, isSettled: Bool) async -> Bool

    /// Tells all edges that what was made of these bytes is void.
    func announcePurge(of hash: ContentHash) async throws(ImageIndexError)

    /// Waits until every edge has made use of the last change to these bytes, for two seconds at
    /// most; how many have. `nil`: there is one edge.
    func confirmation(of hash: ContentHash, isPurge: Bool) async -> EdgeCount?

    /// What only part of the work can do without, and has to just now, if anything.
    var trouble: String? { get }

    /// How long ago everything that was changed anywhere was known here; `nil`: never yet.
    var staleness: Duration? { get }

    /// Whether it is not all here yet, and is on its way.
    var isLoading: Bool { get }

    // MARK: Who is near

    /// What hits and misses ask, one for each event loop.
    func makeSummaries() throws(ImageIndexError) -> any ImageSummaries

    /// Rung by every change.
    func makeDoorbell() -> Doorbell

    /// What could not be told to who subscribed to events is due again; how much that is.
    func retryParked(at microseconds: Int64) async throws(ImageIndexError) -> Int

    /// What is still to be told to them.
    var deliveries: any DeliveryQueue { get }

    /// How many images wait for something to be made, and how many are present: looked up at once.
    func pendingCount() throws(ImageIndexError) -> Int
    func presentCount() throws(ImageIndexError) -> Int

    /// Returns when every accepted write is durable; what comes later is refused. Blocks.
    func close()
}

/// Summaries and verdicts for one thread at a time, an event loop: known on this machine, so that a
/// look-up neither waits nor asks anybody.
package protocol ImageSummaries: AnyObject {
    /// `nil` for a hash that was never entered. Allocates nothing.
    func summary(of hash: ContentHash) throws(ImageIndexError) -> ImageSummary?

    /// `nil` also for a verdict of another pipeline version, which may judge otherwise.
    func verdict(
        on hash: ContentHash, pipeline: PipelineVersion
    ) throws(ImageIndexError) -> Verdict?
}

/// Of the edges that share an index and are alive.
package struct EdgeCount: Equatable, Sendable {
    package let confirmed: Int
    package let known: Int

    package init(confirmed: Int, known: Int) { (self.confirmed, self.known) = (confirmed, known) }
}

package enum ImageProgress: Equatable, Sendable {
    case processing
    case ready
    /// Something could not be made of it.
    case failed(preset: String, error: String)
}

extension ImageIndex {
    package func delete(
        _ hash: ContentHash, block: Bool, of owner: UTF8String?
    ) async throws(ImageIndexError) -> DeleteOutcome {
        try await delete(hash, block: block, expecting: nil, of: owner)
    }
}

/// What a change was made for. It is compared in the transaction that makes the change, so that
/// nobody else's gets between.
package enum Expectation: Sendable {
    case absent
    case present
    /// This image, and nothing that a client can change of it has changed since.
    case entry(ImageDocument)

    package func holds(for known: ImageDocument?) -> Bool {
        switch (self, known) {
        case (.absent, nil), (.present, _?): true
        case (.entry(let expected), let known?): known.changeable == expected.changeable
        case (.absent, _?), (.present, nil), (.entry, nil): false
        }
    }
}

package enum PutOutcome: Equatable, Sendable {
    case created(ImageDocument)
    /// As it is known, which may differ from what was given.
    case existing(ImageDocument)
    case blocked
    /// Nobody has these bytes, and that they are known was asked for.
    case unknown
    /// So many owners have these bytes that there is no room for another.
    case crowded
    /// What is there is not what was expected: an image, or none.
    case changed(isPresent: Bool)
}

extension ImageIndex {
    package func put(
        _ document: ImageDocument, mustBeKnown: Bool = false
    ) async throws(ImageIndexError) -> PutOutcome {
        try await put(document, mustBeKnown: mustBeKnown, expecting: nil)
    }

    /// Whichever entry there is.
    package func image(_ hash: ContentHash) async throws(ImageIndexError) -> ImageLookup {
        try await image(hash, .any(preferring: nil))
    }
}

package enum ImageLookup: Equatable, Sendable {
    case present(ImageDocument)
    case deleted, blocked, unknown
}

package enum DeleteOutcome: Equatable, Sendable {
    /// With the bytes.
    case deleted(ImageDocument)
    /// Others have the bytes, too.
    case entryDeleted
    /// Was deleted or blocked before; with `block` it is blocked now.
    case gone
    case unknown
    /// It is not what it was expected to be.
    case changed
}

package enum PatchOutcome: Equatable, Sendable {
    /// As it is now.
    case patched(ImageDocument)
    /// It is not what it was expected to be.
    case changed
    /// The new owner has an entry of these bytes already.
    case taken
    /// Why there is nothing to patch; never `present`.
    case absent(ImageLookup)
}

package struct ImagePage: Equatable, Sendable {
    package var images: [ImageDocument]
    /// Where the next page begins; `nil` at the end.
    package var next: ImageCursor?

    package init(images: [ImageDocument] = [], next: ImageCursor? = nil) {
        (self.images, self.next) = (images, next)
    }
}

package struct ImageCounts: Equatable, Sendable {
    package var present: Int
    /// What listings show: more than images where owners share bytes.
    package var entries: Int
    /// Deleted and blocked ones, whose hashes are kept.
    package var tombstones: Int
    package var verdicts: Int
}

extension ImageIndex {
    /// Of bytes that are kept.
    package func remember(
        _ verdict: Verdict, for hash: ContentHash, pipeline: PipelineVersion
    ) async throws(ImageIndexError) {
        try await remember(verdict, for: hash, pipeline: pipeline, from: nil)
    }
}

/// How long bytes are kept from other edges.
package enum ClaimTime {
    /// By an edge of which nothing is heard.
    package static let work = Duration.seconds(20)
    /// By one that is about to have a store delete them: it is sent within the first part, or not
    /// at all, and what a store was sent it does within the rest.
    package static let deletion = Duration.seconds(90)
    package static let sending = Duration.seconds(10)
    /// For which an edge waits for another.
    package static let patience = Duration.seconds(30)
}
