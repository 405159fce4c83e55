internal import Rendition
internal import Store
internal import Text

// The entries of one image. The first one is where the summary says; it alone is in `pending`, for
// what is made is made of the bytes. Further ones are found by `shares`: most images have none.
extension Tables {
    /// What the entries of one image can be at most; all of them change in one transaction.
    static let entryLimit = 10_000

    /// The entry that the summary names; `nil` when the image is not present.
    private func first(
        of hash: ContentHash, in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> ImageDocument? {
        guard let summary = try summary(hash, in: transaction), summary.state == .present
        else { return nil }
        return try document(
            at: OrderKey(uploadedAt: summary.uploadedAt, hash: hash), in: transaction)
    }

    /// The entry of exactly this owner; `nil` is nobody's.
    func entry(
        of hash: ContentHash, owner: UTF8String?,
        in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> ImageDocument? {
        guard let first = try first(of: hash, in: transaction) else { return nil }
        if first.owner == owner { return first }
        // A token's may be longer than any that a document has, or a key has room for.
        guard owner?.utf8.count ?? 0 <= ImageDocument.Limits.ownerBytes else { return nil }
        let key = Share.key(hash, owner)
        guard let time = try transaction.copy(for: key.span, in: shares) else { return nil }
        return try document(at: Share.place(hash, time.span), in: transaction)
    }

    func entry(
        of hash: ContentHash, _ choice: EntryChoice,
        in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> ImageDocument? {
        switch choice {
        case .own(let owner): return try entry(of: hash, owner: owner, in: transaction)
        case .any(let owner):
            if let found = try entry(of: hash, owner: owner, in: transaction) { return found }
            return try first(of: hash, in: transaction)
        }
    }

    /// So many of them at most, the one that the summary names before all others; empty when the
    /// image is not present.
    func entries(
        of hash: ContentHash, limit: Int = .max,
        in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> [ImageDocument] {
        guard let first = try first(of: hash, in: transaction) else { return [] }
        var found = [first]
        for place in try sharePlaces(of: hash, in: transaction) where found.count < limit {
            found.append(try document(at: place, in: transaction))
        }
        return found
    }

    /// Where the entries behind the first one are, in no order.
    private func sharePlaces(
        of hash: ContentHash, in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> [OrderKey] {
        var places: [OrderKey] = []
        let prefix = hash.byteArray
        try transaction.scan(shares, from: .after(prefix)) { key, value throws(StoreError) in
            guard key.begins(with: prefix) else { return .stop }
            let time = unsafe value.withUnsafeBytes { unsafe Array($0) }
            places.append(try Share.place(hash, time.span))
            return .next
        }
        return places
    }

    /// One more entry of bytes that are known, for an owner who has none: with its own words and
    /// time, and what is known of the bytes. Where another one came at the very same time it is a
    /// microsecond younger. `nil`: there are as many as there may be.
    func share(
        _ document: ImageDocument, in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> ImageDocument? {
        guard var entry = try first(of: document.hash, in: transaction)
        else { throw .damagedRecord }
        let others = try sharePlaces(of: document.hash, in: transaction)
        guard others.count + 1 < Self.entryLimit else { return nil }
        (entry.name, entry.owner) = (document.name, document.owner)
        entry.givenNames = document.givenNames
        (entry.tags, entry.attributes) = (document.tags, document.attributes)
        entry.focus = document.focus
        entry.uploadedAt = document.uploadedAt
        while try transaction.copy(for: OrderKey(entry).bytes.span, in: images) != nil {
            entry.uploadedAt += 1
        }
        try insertRow(entry, in: transaction)
        try noteShare(entry, in: transaction)
        return entry
    }

    func noteShare(
        _ entry: ImageDocument, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try transaction.put(
            OrderKey.timeBytes(entry.uploadedAt), for: Share.key(entry.hash, entry.owner),
            in: shares)
    }

    func forgetShare(
        _ entry: ImageDocument, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try transaction.delete(Share.key(entry.hash, entry.owner).span, in: shares)
    }

    /// The same entry, of another owner as the case may be; he has none yet.
    func change(
        _ old: ImageDocument, to new: ImageDocument,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try replace(old, with: new, in: transaction)
        let key = Share.key(old.hash, old.owner)
        guard old.owner != new.owner,
            try transaction.copy(for: key.span, in: shares) != nil
        else { return }
        try transaction.delete(key.span, in: shares)
        try noteShare(new, in: transaction)
    }

    /// Changes what is known of the bytes, in every entry of them. Each as it was and as it is.
    func changeAll(
        _ hash: ContentHash, in transaction: borrowing WriteTransaction,
        _ change: (inout ImageDocument) -> Void
    ) throws(StoreError) -> [(old: ImageDocument, new: ImageDocument)] {
        var changed: [(old: ImageDocument, new: ImageDocument)] = []
        for old in try entries(of: hash, in: transaction) {
            var new = old
            change(&new)
            if new != old { try replace(old, with: new, in: transaction) }
            changed.append((old, new))
        }
        return changed
    }

    /// Takes one entry out; the oldest of the others stands in for it where it was the first.
    /// `false`: it is the only one, and stays.
    func removeShare(
        _ entry: ImageDocument, in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> Bool {
        guard let summary = try summary(entry.hash, in: transaction) else { throw .damagedRecord }
        if summary.uploadedAt != entry.uploadedAt {
            try remove(entry, in: transaction)
            try forgetShare(entry, in: transaction)
            return true
        }
        let others = try sharePlaces(of: entry.hash, in: transaction)
        guard let place = others.min(by: { $0.uploadedAt < $1.uploadedAt }) else { return false }
        let isPending = try isPending(entry, in: transaction)
        try remove(entry, in: transaction)
        let next = try document(at: place, in: transaction)
        try forgetShare(next, in: transaction)
        try mark(entry.hash, ImageSummary(of: next, state: .present), in: transaction)
        if isPending { try transaction.put([], for: place.bytes, in: pending) }
        return true
    }

    /// Takes all entries away, and leaves a tombstone.
    func bury(
        _ entries: [ImageDocument], as state: ImageSummary.State,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        guard let first = entries.first else { throw .damagedRecord }
        for entry in entries { try remove(entry, in: transaction) }
        for entry in entries.dropFirst() { try forgetShare(entry, in: transaction) }
        try mark(first.hash, ImageSummary(of: first, state: state), in: transaction)
    }
}

/// What stands in `shares`: hash, whether there is an owner, and he; then the time.
private enum Share {
    /// - Precondition: no longer than documents have owners, so that LMDB has room for the key.
    static func key(_ hash: ContentHash, _ owner: UTF8String?) -> [UInt8] {
        hash.byteArray + (owner.map { [1] + Array($0.utf8) } ?? [0])
    }

    static func place(_ hash: ContentHash, _ time: Span<UInt8>) throws(StoreError) -> OrderKey {
        let bytes = time.indices.map { time[$0] } + hash.byteArray
        guard let place = OrderKey(bytes.span) else { throw .damagedRecord }
        return place
    }
}
