internal import Events
package import Rendition
internal import Store

// What is still to be made of images that came in. An image that is put as `stored` is pending from
// the same transaction on, and until it is settled: a crash forgets none.
extension LocalImageIndex {
    package func setAside(_ hash: ContentHash) async {}

    package func pending(
        limit: Int, besides inHand: Set<ContentHash> = []
    ) throws(ImageIndexError) -> [ImageDocument] {
        try read { snapshot throws(StoreError) in
            var found: [ImageDocument] = []
            guard limit > 0 else { return found }
            try snapshot.scan(tables.pending, from: .first) { key, _ throws(StoreError) in
                guard let place = OrderKey(key) else { throw .damagedRecord }
                if inHand.contains(place.hash) { return .next }
                found.append(try tables.document(at: place, in: snapshot))
                return found.count == limit ? .stop : .next
            }
            return found
        }
    }

    package func pendingCount() throws(ImageIndexError) -> Int {
        try read { snapshot throws(StoreError) in try snapshot.count(of: tables.pending) }
    }

    package func presentCount() throws(ImageIndexError) -> Int { try counts().present }

    package func advance(
        _ hash: ContentHash, to progress: ImageProgress
    ) async throws(ImageIndexError) {
        try await commit([.image(hash)]) { [tables, events] transaction throws(StoreError) in
            guard let summary = try tables.summary(hash, in: transaction),
                try tables.isPending(
                    OrderKey(uploadedAt: summary.uploadedAt, hash: hash), in: transaction)
            else { return }
            let changed = try tables.changeAll(hash, in: transaction) { document in
                switch progress {
                case .processing: document.status = .processing
                case .ready: document.status = .ready
                case .failed(let preset, let error):
                    document.status = .failed
                    document.failedPreset = preset
                    document.error = ImageDocument.cut(error)
                }
            }
            guard progress != .processing else { return }
            let kind: EventKind = progress == .ready ? .imageReady : .imageFailed
            for (_, new) in changed {
                try tables.endPending(new, in: transaction)
                try events.append(kind, in: transaction) { Event($0, new) }
            }
        }
    }
}

extension Tables {
    func isPending(
        _ document: ImageDocument,
        in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> Bool {
        try isPending(OrderKey(document), in: transaction)
    }

    fileprivate func isPending(
        _ place: OrderKey, in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> Bool {
        try transaction.copy(for: place.bytes.span, in: pending) != nil
    }

    func endPending(
        _ document: ImageDocument, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try transaction.delete(OrderKey(document).bytes.span, in: pending)
    }
}

extension ImageDocument {
    /// No longer than an error may be.
    fileprivate static func cut(_ error: String) -> String {
        var kept = error[...]
        while kept.utf8.count > Limits.errorBytes { kept.removeLast() }
        return String(kept)
    }
}
