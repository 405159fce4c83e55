internal import ImageIndex
internal import Originals
internal import Rendition

extension Ingest {
    /// Nobody else, at no other edge either, changes meanwhile whether these bytes are stored.
    func exclusively<R>(
        _ hash: ContentHash, _ body: () async throws(UploadError) -> R
    ) async throws(UploadError) -> R {
        await locks.acquire(hash)
        defer { locks.release(hash) }
        // Files are this edge's own.
        guard originals.isElsewhere else { return try await body() }
        do throws(ImageIndexError) { try await index.claim(hash) } catch {
            throw UploadError(error)
        }
        let result: R
        do throws(UploadError) { result = try await body() } catch {
            _ = await index.release(hash, after: originals.doubt(of: hash))
            throw error
        }
        // Where it was lost on the way, nobody can say what another edge did meanwhile.
        guard await index.release(hash, after: originals.doubt(of: hash)) else { throw .indexAway }
        return result
    }
}
