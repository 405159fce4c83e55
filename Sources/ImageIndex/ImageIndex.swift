package import Rendition
package import Text

/// What is known of each image, and in which order they came.
///
/// What holds: an outcome is durable when it is returned; a document, its place in the order and
/// its summary change together or not at all; a listing never shows an image twice nor leaves one
/// out that was there from its first page to its last, whatever is written meanwhile.
package protocol ImageIndex: Sendable {
    /// Enters an image. One that is known stays as it is; one that was deleted comes back, unless
    /// it was blocked.
    func put(_ document: ImageDocument) async throws(ImageIndexError) -> PutOutcome

    func image(_ hash: ContentHash) async throws(ImageIndexError) -> ImageLookup

    /// A page of at most `limit` images, newest first, after the place `cursor` stands for.
    ///
    /// A page may be shorter than `limit`, even empty, while `next` is there: a query that few
    /// images match looks at a bounded number of them a page.
    func list(
        _ query: ImageQuery, limit: Int, after cursor: ImageCursor?
    ) async throws(ImageIndexError) -> ImagePage

    /// Images whose perceptual hash is near the wanted one, and which are present.
    func similar(to query: SimilarityQuery) async throws(ImageIndexError) -> SimilarImages

    /// Forgets an image and leaves a tombstone. With `block` it can not be uploaded again; a
    /// block outlives later deletions without one.
    ///
    /// - Parameter owner: images of others are unknown to who asks; `nil` knows all.
    func delete(
        _ hash: ContentHash, block: Bool, of owner: UTF8String?
    ) async throws(ImageIndexError) -> DeleteOutcome

    /// Nothing changes unless the image is present, of this owner, and what it is expected to be.
    ///
    /// - Parameter expected: `nil` takes it as it is.
    func patch(
        _ hash: ContentHash, _ patch: ImagePatch, expecting expected: ImageDocument?,
        of owner: UTF8String?
    ) async throws(ImageIndexError) -> PatchOutcome

    /// Remembers that these bytes are refused, so that they are not decoded again. The number of
    /// verdicts is bounded: beyond it an arbitrary other one is forgotten.
    func remember(
        _ verdict: Verdict, for hash: ContentHash, pipeline: PipelineVersion
    ) async throws(ImageIndexError)

    /// `nil` also for a verdict of another pipeline version, which may judge otherwise.
    func verdict(
        for hash: ContentHash, pipeline: PipelineVersion
    ) async throws(ImageIndexError) -> Verdict?

    func counts() async throws(ImageIndexError) -> ImageCounts
}

package enum PutOutcome: Equatable, Sendable {
    case created(ImageDocument)
    /// As it is known, which may differ from what was given.
    case existing(ImageDocument)
    case blocked
}

package enum ImageLookup: Equatable, Sendable {
    case present(ImageDocument)
    case deleted, blocked, unknown
}

package enum DeleteOutcome: Equatable, Sendable {
    case deleted(ImageDocument)
    /// Was deleted or blocked before; with `block` it is blocked now.
    case gone
    case unknown
}

package enum PatchOutcome: Equatable, Sendable {
    /// As it is now.
    case patched(ImageDocument)
    /// It is not what it was expected to be.
    case changed
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
    /// Deleted and blocked ones, whose hashes are kept.
    package var tombstones: Int
    package var verdicts: Int
}
