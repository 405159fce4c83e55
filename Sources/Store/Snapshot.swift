/// One read transaction: the store as it was when it began. Ends with the closure it was lent to.
@safe package struct Snapshot: ReadTransaction, ~Copyable {
    package let transaction: Transaction

    init(_ transaction: Transaction) { self.transaction = transaction }
}

/// What can be read in a transaction. In one that writes, `body` must not: that may move what it
/// was lent.
package protocol ReadTransaction: ~Copyable {
    var transaction: Transaction { get }
}

extension ReadTransaction where Self: ~Copyable {
    /// Calls `body` with the value where it lies in the memory map; `nil` is a miss (`mdb_get`).
    package func withValue<R>(
        for key: Span<UInt8>, in database: Database,
        _ body: (RawSpan?) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        try transaction.withValue(for: key, in: database, body)
    }

    /// A copy of the value; `nil` is a miss.
    package func copy(
        for key: Span<UInt8>, in database: Database
    ) throws(StoreError) -> [UInt8]? {
        try transaction.copy(for: key, in: database)
    }

    /// Entries in order of their keys' bytes, from `start` until `body` says stop or none is left.
    package func scan(
        _ database: Database, from start: ScanStart,
        _ body: (Span<UInt8>, RawSpan) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        try transaction.scan(database, start, body)
    }

    /// Of the transaction whose changes it is the first to see; of one that writes, its own
    /// (`mdb_txn_id`). One that was undone has the number of the next.
    package var number: Int { transaction.number }

    /// Number of entries; constant time.
    package func count(of database: Database) throws(StoreError) -> Int {
        try transaction.count(of: database)
    }
}
