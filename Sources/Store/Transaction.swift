internal import CLMDB

/// What a scan does after an entry.
package enum ScanStep: Sendable { case next, stop }

/// Where a scan begins and which way it goes. Keys are ordered as bytes.
package enum ScanStart: Sendable {
    /// From the smallest key upwards, from the largest downwards.
    case first, last
    /// The smallest key not below the given one, upwards.
    case atOrAfter([UInt8])
    /// The smallest key above the given one, upwards.
    case after([UInt8])
    /// The largest key not above the given one, downwards.
    case atOrBefore([UInt8])
    /// The largest key below the given one, downwards.
    case before([UInt8])

    var isForward: Bool {
        switch self {
        case .first, .atOrAfter, .after: true
        case .last, .atOrBefore, .before: false
        }
    }
}

/// The calls that snapshots and write transactions have in common. Lives as long as its owner's
/// transaction, of which it is a plain view.
@safe package struct Transaction {
    let handle: OpaquePointer

    init(handle: OpaquePointer) { unsafe self.handle = handle }

    var number: Int { unsafe mdb_txn_id(handle) }

    func withValue<R>(
        for key: Span<UInt8>, in database: Database,
        _ body: (RawSpan?) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        var found = unsafe MDB_val()
        let code = unsafe key.withValue { wanted in
            unsafe mdb_get(handle, database.handle, &wanted, &found)
        }
        if code == MDB_NOTFOUND { return try body(nil) }
        try StoreError.check(code)
        return try unsafe body(found.bytes.bytes)
    }

    func copy(for key: Span<UInt8>, in database: Database) throws(StoreError) -> [UInt8]? {
        try withValue(for: key, in: database) { value in
            guard let value else { return nil }
            return unsafe value.withUnsafeBytes { bytes in unsafe [UInt8](bytes) }
        }
    }

    func count(of database: Database) throws(StoreError) -> Int {
        var statistics = MDB_stat()
        try unsafe StoreError.check(mdb_stat(handle, database.handle, &statistics))
        return statistics.ms_entries
    }

    func scan(
        _ database: Database, _ start: ScanStart,
        _ body: (Span<UInt8>, RawSpan) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        var opened: OpaquePointer?
        try unsafe StoreError.check(mdb_cursor_open(handle, database.handle, &opened))
        guard let cursor = unsafe opened else { preconditionFailure("opened without a cursor") }
        defer { unsafe mdb_cursor_close(cursor) }
        var key = unsafe MDB_val()
        var value = unsafe MDB_val()
        var code = unsafe position(cursor, start, &key, &value)
        while code != MDB_NOTFOUND {
            try StoreError.check(code)
            let keyBytes = unsafe UnsafeBufferPointer(
                start: key.mv_data?.assumingMemoryBound(to: UInt8.self), count: key.mv_size)
            if try unsafe body(keyBytes.span, value.bytes.bytes) == .stop { return }
            code = unsafe mdb_cursor_get(
                cursor, &key, &value, start.isForward ? MDB_NEXT : MDB_PREV)
        }
    }

    private func position(
        _ cursor: OpaquePointer, _ start: ScanStart, _ key: inout MDB_val, _ value: inout MDB_val
    ) -> CInt {
        switch start {
        case .first: return unsafe mdb_cursor_get(cursor, &key, &value, MDB_FIRST)
        case .last: return unsafe mdb_cursor_get(cursor, &key, &value, MDB_LAST)
        case .atOrAfter(let bound), .after(let bound):
            let (code, isBound) = unsafe seek(cursor, bound, &key, &value)
            guard case .after = start, code == MDB_SUCCESS, isBound else { return code }
            return unsafe mdb_cursor_get(cursor, &key, &value, MDB_NEXT)
        case .atOrBefore(let bound), .before(let bound):
            let (code, isBound) = unsafe seek(cursor, bound, &key, &value)
            if code == MDB_NOTFOUND {  // Every key is below the bound.
                return unsafe mdb_cursor_get(cursor, &key, &value, MDB_LAST)
            }
            if case .atOrBefore = start, isBound { return code }
            guard code == MDB_SUCCESS else { return code }
            return unsafe mdb_cursor_get(cursor, &key, &value, MDB_PREV)
        }
    }

    /// Moves to the smallest key not below `bound` and says whether it equals it.
    private func seek(
        _ cursor: OpaquePointer, _ bound: [UInt8], _ key: inout MDB_val, _ value: inout MDB_val
    ) -> (code: CInt, isBound: Bool) {
        // LMDB refuses empty keys; nothing is below the empty one.
        if bound.isEmpty {
            return (unsafe mdb_cursor_get(cursor, &key, &value, MDB_FIRST), false)
        }
        return unsafe bound.span.withValue { wanted in
            unsafe key = wanted
            let code = unsafe mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE)
            guard code == MDB_SUCCESS else { return (code, false) }
            return (code, unsafe key.bytes.elementsEqual(bound))
        }
    }
}

extension MDB_val {
    /// The bytes in the map, while the transaction lasts.
    var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: mv_data, count: mv_size)
    }
}
