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
        do throws(UploadError) {
            let result = try await body()
            await index.release(hash)
            return result
        } catch {
            await index.release(hash)
            throw error
        }
    }
}
