package import LinuxIO
package import Rendition

/// Uploaded bytes, each under the name that proves them: the origin of every rendition.
///
/// An upload goes begin → append … → finish → commit; what is dropped on the way leaves nothing. It
/// is spooled to a local file whatever the store, because its name is known only at its end and a
/// worker looks at it before it is kept.
///
/// Every call may wait for a disk or a network: call from a blocking pool, not from an event loop.
/// A commit and a delete of the same hash must not run at once; the caller sees to that.
package protocol Originals: Sendable {
    func begin() async throws(OriginalsError) -> OriginalWriter

    /// Durable when it returns. Keeping what is already there is no error, and mends it where
    /// the stored bytes had suffered.
    func commit(_ original: borrowing FinishedOriginal) async throws(OriginalsError)

    func open(_ hash: ContentHash) async throws(OriginalsError) -> StoredOriginal

    /// The same of what lies on this machine, for the thread that feeds the workers: it may wait
    /// for a disk, never for a network.
    func openLocally(_ hash: ContentHash) throws(OriginalsError) -> StoredOriginal

    func contains(_ hash: ContentHash) async throws(OriginalsError) -> Bool

    /// `false` when it was not there. Durable when it returns; who reads it meanwhile finishes.
    @discardableResult
    func delete(_ hash: ContentHash) async throws(OriginalsError) -> Bool

    /// Calls `body` for every original, in no order, until it returns `false`. Reads only names:
    /// O(originals). What comes or goes meanwhile may or may not be seen.
    func forEachHash(_ body: (ContentHash) -> Bool) async throws(OriginalsError)
}

/// An original opened for reading.
package struct StoredOriginal: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor
    package let byteCount: Int
    /// When it was stored, in seconds since 1970.
    package let modifiedSeconds: Int64

    package consuming func takeDescriptor() -> OwnedDescriptor { descriptor }
}
