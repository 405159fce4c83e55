internal import CLMDB

/// A read transaction kept for many lookups by one thread at a time: between them it is reset, so
/// it pins nothing, and renewing it takes no lock and allocates nothing (`mdb_txn_renew`).
@safe package struct Reader: ~Copyable {
    private let store: Store
    private let handle: OpaquePointer

    package init(_ store: Store) throws(StoreError) {
        let begun = try unsafe store.begin(parent: nil, flags: CUnsignedInt(MDB_RDONLY))
        unsafe mdb_txn_reset(begun)
        self.store = store
        unsafe handle = begun
    }

    deinit { unsafe mdb_txn_abort(handle) }

    /// Runs `body` on the store as it is now. `body` must not wait, nor read by this reader again.
    package mutating func read<R>(
        _ body: (borrowing Snapshot) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        try store.checkKnownDamage()
        try unsafe StoreError.check(mdb_txn_renew(handle))
        defer { unsafe mdb_txn_reset(handle) }
        return try unsafe body(Snapshot(Transaction(handle: handle)))
    }
}
