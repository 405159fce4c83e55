package import Rendition
internal import Store

// What was noted of an image by one worker, looked at again. All entries of its bytes say the same.
extension LocalImageIndex {
    package func forgetVerdict(on hash: ContentHash) async throws(ImageIndexError) {
        try await commit([.image(hash)]) { [tables] transaction throws(StoreError) in
            try transaction.delete(hash.byteArray.span, in: tables.verdicts)
            _ = try tables.changeAll(hash, in: transaction) { document in
                guard document.status == .failed, document.failedPreset == nil else { return }
                (document.status, document.error) = (.ready, nil)
            }
        }
    }

    /// What looking took is no fact of a picture: it is another each time, and alone changes
    /// nothing that is known.
    package func correct(
        _ hash: ContentHash, _ change: @escaping @Sendable (inout ImageDocument) -> Void
    ) async throws(ImageIndexError) -> Bool? {
        try await commit([.image(hash)]) { [tables] transaction throws(StoreError) in
            let changed = try tables.changeAll(hash, in: transaction) { document in
                let known = document
                change(&document)
                var timed = known
                timed.processorMicroseconds = document.processorMicroseconds
                if timed == document, known.processorMicroseconds != nil { document = known }
            }
            guard let first = changed.first?.new else { return nil }
            guard changed.contains(where: { $0.old != $0.new }) else { return false }
            // The first entry is where the summary says, which says of the picture what it does.
            try tables.mark(hash, ImageSummary(of: first, state: .present), in: transaction)
            return true
        }
    }
}
