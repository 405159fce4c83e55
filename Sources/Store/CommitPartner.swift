/// What is known elsewhere of what has these names; nothing of those that are missing.
package typealias KnownRecords = [[UInt8]: KnownRecord]

/// A record as somebody else keeps it.
package struct KnownRecord: Equatable, Sendable {
    /// Of its last change; changes have rising numbers.
    package let number: Int64
    package let bytes: [UInt8]

    package init(number: Int64, bytes: [UInt8]) { (self.number, self.bytes) = (number, bytes) }
}

/// Somebody by whose leave a batch is committed, because what is true is true there.
///
/// Called on the committer's thread, within the batch's transaction: `gather`, `begin`, the
/// operations, `conclude`. All may wait, and others who write wait with them. When `conclude` has
/// returned the batch is true, whatever becomes of the store's own commit; when it throws the store
/// keeps nothing of it.
package protocol CommitPartner: Sendable {
    func gather(_ names: Set<[UInt8]>) throws(StoreError) -> KnownRecords

    /// Gives the transaction what is known, in the place of what it has.
    func begin(
        _ known: KnownRecords, in transaction: borrowing WriteTransaction
    ) throws(StoreError)

    /// Tells what the operations have made of it.
    ///
    /// - Throws: `collided` when something is not any more what was gathered: the batch is run
    ///   again.
    func conclude(
        _ known: KnownRecords, in transaction: borrowing WriteTransaction
    ) throws(StoreError)
}
