internal import ImageIndex
internal import LinuxIO
internal import Originals
internal import Rendition

extension Ingest {
    /// Nobody else, at no other edge either, changes meanwhile whether these bytes are stored.
    func exclusively<R>(
        _ hash: ContentHash, _ body: () async throws(UploadError) -> R
    ) async throws(UploadError) -> R {
        let end = Clock.monotonic() + ClaimTime.patience
        await locks.acquire(hash)
        defer { locks.release(hash) }
        // Files are this edge's own.
        guard originals.isElsewhere else { return try await body() }
        do throws(ImageIndexError) { try await index.claim(hash, before: end) } catch {
            throw UploadError(error)
        }
        let result: R
        do throws(UploadError) { result = try await body() } catch {
            _ = await index.release(hash, isSettled: originals.isSettled(hash))
            throw error
        }
        // Where it was lost on the way, nobody can say what another edge did meanwhile.
        guard await index.release(hash, isSettled: originals.isSettled(hash))
        else { throw .indexAway }
        return result
    }

    /// Where this edge stood still meanwhile another one may have changed whether the bytes are
    /// stored: then nothing more is done.
    func confirmClaim(
        of hash: ContentHash, for time: Duration = ClaimTime.work
    ) async throws(UploadError) {
        guard originals.isElsewhere else { return }
        let isMine: Bool
        do throws(ImageIndexError) {
            isMine = try await index.extend(claim: hash, by: time)
        } catch { throw UploadError(error) }
        guard isMine else { throw .indexAway }
    }

    /// Under the lock of the hash. However this edge ends now, nobody takes the bytes for stored
    /// before the store has done what it was asked for.
    func deleteOriginal(_ hash: ContentHash) async throws(UploadError) {
        let end = Clock.monotonic() + ClaimTime.sending
        try await confirmClaim(of: hash, for: ClaimTime.deletion)
        do throws(OriginalsError) { try await originals.delete(hash, before: end) } catch {
            throw UploadError(error)
        }
    }
}
