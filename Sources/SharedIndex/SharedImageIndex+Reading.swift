package import Events
package import ImageIndex
package import Rendition
internal import Store
package import Text

// What is read: here, of the replica. What it does not know is asked for; what would leave out what
// others have is refused while nobody can say what that is.
extension SharedImageIndex {
    package func image(
        _ hash: ContentHash, _ choice: EntryChoice
    ) async throws(ImageIndexError) -> ImageLookup {
        let found = try await local.image(hash, choice)
        guard found == .unknown, try await find(hash) else { return found }
        return try await local.image(hash, choice)
    }

    package func find(_ hash: ContentHash) async throws(ImageIndexError) -> Bool {
        do throws(StoreError) {
            // One that answers and commits nothing may know less than another by now.
            guard try await !lookups.find(hash) else { return true }
        } catch { throw ImageIndexError(error) }
        if contact.isLost { throw .away }
        return false
    }

    package var isShared: Bool { true }

    package func owners(
        of hash: ContentHash
    ) async throws(ImageIndexError) -> [UTF8String?] { try await local.owners(of: hash) }

    package func list(
        _ query: ImageQuery, limit: Int, after cursor: ImageCursor?
    ) async throws(ImageIndexError) -> ImagePage {
        try requireContact()
        return try await local.list(query, limit: limit, after: cursor)
    }

    package func similar(
        to query: SimilarityQuery
    ) async throws(ImageIndexError) -> SimilarImages {
        try requireContact()
        return try await local.similar(to: query)
    }

    package func verdict(
        for hash: ContentHash, pipeline: PipelineVersion
    ) async throws(ImageIndexError) -> Verdict? {
        try await local.verdict(for: hash, pipeline: pipeline)
    }

    package func counts() async throws(ImageIndexError) -> ImageCounts { try local.counts() }
    package func pendingCount() throws(ImageIndexError) -> Int { try local.pendingCount() }

    package func presentCount() throws(ImageIndexError) -> Int { try local.presentCount() }

    package func uses(ofLink mark: [UInt8]) async throws(ImageIndexError) -> Int {
        try await local.uses(ofLink: mark)
    }

    package func makeSummaries() throws(ImageIndexError) -> any ImageSummaries {
        try local.makeSummaries()
    }

    package func makeDoorbell() -> Doorbell { local.makeDoorbell() }

    package var trouble: String? {
        contact.isLost ? "the index's database is away" : nil
    }

    package var staleness: Duration? { contact.staleness }
    package var isLoading: Bool { contact.staleness == nil && !contact.isLost }

    private func requireContact() throws(ImageIndexError) {
        guard let staleness = contact.staleness, staleness <= settings.listingStaleness
        else { throw .away }
    }
}
