internal import CLMDB

/// The one write transaction of a store. Sees what it has written; nobody else does until commit.
@safe package struct WriteTransaction: ReadTransaction, ~Copyable {
    package let transaction: Transaction

    init(_ transaction: Transaction) { self.transaction = transaction }

    /// Stores a copy of `value`, over one that is there (`mdb_put`).
    package func put(
        _ value: Span<UInt8>, for key: Span<UInt8>, in database: Database
    ) throws(StoreError) {
        let code = unsafe key.withValue { wanted in
            unsafe value.withValue { stored in
                unsafe mdb_put(transaction.handle, database.handle, &wanted, &stored, 0)
            }
        }
        try StoreError.check(code)
    }

    package func put(
        _ value: [UInt8], for key: [UInt8], in database: Database
    ) throws(StoreError) {
        try put(value.span, for: key.span, in: database)
    }

    /// Makes room for `byteCount` bytes and lets `fill` write them in place, all of them:
    /// what is left unwritten is what was in the page before (`MDB_RESERVE`).
    package func put(
        byteCount: Int, for key: Span<UInt8>, in database: Database,
        _ fill: (inout MutableRawSpan) throws(StoreError) -> Void
    ) throws(StoreError) {
        var reserved = unsafe MDB_val(mv_size: byteCount, mv_data: nil)
        let code = unsafe key.withValue { wanted in
            unsafe mdb_put(
                transaction.handle, database.handle, &wanted, &reserved,
                CUnsignedInt(MDB_RESERVE))
        }
        try StoreError.check(code)
        let bytes = unsafe UnsafeMutableRawBufferPointer(
            start: reserved.mv_data, count: byteCount)
        var span = unsafe MutableRawSpan(_unsafeBytes: bytes)
        try fill(&span)
    }

    /// Deletes all that is in the table (`mdb_drop`).
    package func empty(_ database: Database) throws(StoreError) {
        try unsafe StoreError.check(mdb_drop(transaction.handle, database.handle, 0))
    }

    /// Deletes the table itself, which nobody may use after that (`mdb_drop`).
    package func remove(_ database: Database) throws(StoreError) {
        try unsafe StoreError.check(mdb_drop(transaction.handle, database.handle, 1))
    }

    /// Whether there was something to delete (`mdb_del`).
    @discardableResult
    package func delete(_ key: Span<UInt8>, in database: Database) throws(StoreError) -> Bool {
        let code = unsafe key.withValue { wanted in
            unsafe mdb_del(transaction.handle, database.handle, &wanted, nil)
        }
        if code == MDB_NOTFOUND { return false }
        try StoreError.check(code)
        return true
    }
}
