package import ImageIndex
package import Rendition
package import Text

extension Ingest {
    /// An entry has this name no more, if it has another one.
    package func forget(
        _ name: UTF8String, of hash: ContentHash, owner: UTF8String?
    ) async throws(ImageIndexError) {
        var patch = ImagePatch()
        patch.forgets = name
        guard case .present(let entry) = try await index.image(hash, .any(preferring: owner)),
            entry.owner == owner
        else { return }
        _ = try await index.patch(hash, patch, expecting: nil, .any(preferring: owner))
    }

    /// Takes an owner's entry away, or all of them; and with the last one the image: first its
    /// entry, so that nothing more is made of it, then `purge`, then its bytes.
    ///
    /// - Parameters:
    ///   - expected: what has to be there for anything to go; `nil`: whatever is.
    ///   - owner: who asks for it, if only for images of that owner.
    package func delete(
        _ hash: ContentHash, block: Bool, expecting expected: Expectation?, of owner: UTF8String?,
        purge: () async -> Void
    ) async throws(UploadError) -> DeleteOutcome {
        try await exclusively(hash) { () async throws(UploadError) in
            try await deleteAlone(
                hash, block: block, expecting: expected, of: owner, purge: purge)
        }
    }

    /// Under the lock of the hash.
    private func deleteAlone(
        _ hash: ContentHash, block: Bool, expecting expected: Expectation?, of owner: UTF8String?,
        purge: () async -> Void
    ) async throws(UploadError) -> DeleteOutcome {
        let outcome: DeleteOutcome
        do throws(ImageIndexError) {
            outcome = try await index.delete(
                hash, block: block, expecting: expected, of: owner)
        } catch {
            throw UploadError(error)
        }
        switch outcome {
        case .unknown, .entryDeleted, .changed: return outcome
        case .deleted, .gone: break
        }
        await purge()
        try await deleteOriginal(hash)
        return outcome
    }
}
