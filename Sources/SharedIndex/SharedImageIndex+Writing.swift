package import ImageIndex
package import Rendition
package import Text

// What is changed: by the local index's own rules, with the database's leave.
extension SharedImageIndex {
    package func put(
        _ document: ImageDocument, mustBeKnown: Bool, expecting expected: Expectation?
    ) async throws(ImageIndexError) -> PutOutcome {
        try await local.put(document, mustBeKnown: mustBeKnown, expecting: expected)
    }

    package func delete(
        _ hash: ContentHash, block: Bool, expecting expected: Expectation?, of owner: UTF8String?
    ) async throws(ImageIndexError) -> DeleteOutcome {
        try await local.delete(hash, block: block, expecting: expected, of: owner)
    }

    package func patch(
        _ hash: ContentHash, _ patch: ImagePatch, expecting expected: Expectation?,
        _ choice: EntryChoice
    ) async throws(ImageIndexError) -> PatchOutcome {
        try await local.patch(hash, patch, expecting: expected, choice)
    }

    package func remember(
        _ verdict: Verdict, for hash: ContentHash, pipeline: PipelineVersion,
        from origin: UploadOrigin?
    ) async throws(ImageIndexError) {
        try await local.remember(verdict, for: hash, pipeline: pipeline, from: origin)
    }

    package func forgetVerdict(on hash: ContentHash) async throws(ImageIndexError) {
        try await local.forgetVerdict(on: hash)
    }

    package func correct(
        _ hash: ContentHash, _ change: @escaping @Sendable (inout ImageDocument) -> Void
    ) async throws(ImageIndexError) -> Bool? { try await local.correct(hash, change) }

    package func use(
        link mark: [UInt8], atMost count: Int, now: Int64
    ) async throws(ImageIndexError) -> Bool {
        try await local.use(link: mark, atMost: count, now: now)
    }

    package func giveBack(link mark: [UInt8]) async throws(ImageIndexError) {
        try await local.giveBack(link: mark)
    }
}
