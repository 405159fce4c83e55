internal import Rendition
internal import Store

extension Tables {
    private static let formatKey = Array("format".utf8)

    /// Makes a new store ours, and brings one of format 1, which had no facets and no likenesses,
    /// up to this one. Killed meanwhile it begins again: what is written twice is the same.
    func prepare(_ store: Store) throws(StoreError) {
        let found = try store.read { snapshot throws(StoreError) in
            try snapshot.copy(for: Self.formatKey.span, in: format)
        }
        if found == [Self.format] { return }
        guard found == nil || found == [1] else { throw .damagedRecord }
        var last: ContentHash?
        repeat {
            let after = last
            last = try store.write { transaction throws(StoreError) in
                try enterOrders(after: after, in: transaction)
            }
        } while last != nil
        try store.write { transaction throws(StoreError) in
            try transaction.put([Self.format], for: Self.formatKey, in: format)
        }
    }

    /// Of the next documents, so many that a transaction stays small; the last of them.
    private func enterOrders(
        after hash: ContentHash?, in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> ContentHash? {
        var documents: [ImageDocument] = []
        let start = hash.map { ScanStart.after($0.byteArray) } ?? .first
        try transaction.scan(self.documents, from: start) { key, value throws(StoreError) in
            guard let hash = ContentHash(raw: key) else { throw .damagedRecord }
            let record = unsafe value.withUnsafeBytes { unsafe Array($0) }
            guard let document = try Self.decode(record, hash) else { throw .damagedRecord }
            documents.append(document)
            return documents.count < 10_000 ? .next : .stop
        }
        for document in documents {
            try moveOrders(from: nil, to: document, in: transaction)
        }
        return documents.last?.hash
    }
}
