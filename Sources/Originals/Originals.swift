package import LinuxIO
package import Rendition
package import Text

/// Uploaded bytes, each under the name that proves them: the origin of every rendition.
///
/// An upload goes begin → append … → finish → commit; what is dropped on the way leaves nothing. It
/// is spooled to a local file whatever the store, because its name is known only at its end and a
/// worker looks at it before it is kept.
///
/// Every call but `hold` may wait for a disk or a network: call from a blocking pool, not from an
/// event loop. A commit and a delete of the same hash must not run at once; the caller sees to
/// that.
package protocol Originals: Sendable {
    func begin() async throws(OriginalsError) -> OriginalWriter

    /// Those that come in pieces, on this machine whatever the store. For one caller.
    func openPartial() throws(OriginalsError) -> PartialFolder

    /// Durable when it returns. Keeping what is already there is no error, and mends it where
    /// the stored bytes had suffered.
    func commit(
        _ original: borrowing FinishedOriginal, as description: OriginalDescription
    ) async throws(OriginalsError)

    func open(_ hash: ContentHash) async throws(OriginalsError) -> StoredOriginal

    /// The same for who can begin before all of it is there.
    func read(_ hash: ContentHash) async throws(OriginalsError) -> OriginalReading

    /// Keeps what lies on this machine there; `nil` where it has to be fetched. Waits for nothing.
    func hold(_ hash: ContentHash) -> OriginalHold?

    /// Has it on this machine, and keeps it there. Those who want the same wait for one fetch.
    func fetch(_ hash: ContentHash) async throws(OriginalsError) -> OriginalHold

    /// What is held, for the thread that feeds the workers: it may wait for a disk, never for a
    /// network.
    func openLocally(_ hash: ContentHash) throws(OriginalsError) -> StoredOriginal

    func contains(_ hash: ContentHash) async throws(OriginalsError) -> Bool

    /// Whether it was there or not. Durable when it returns; who reads it meanwhile finishes.
    ///
    /// - Parameter end: monotonic; what is asked for by network is not asked for later.
    func delete(_ hash: ContentHash, before end: Duration) async throws(OriginalsError)

    /// Of bytes that are deleted at another edge nothing is kept on this machine, where it was kept
    /// only for the sake of speed.
    func forget(_ hash: ContentHash)

    /// `false`: a deletion that nobody answered may still be carried out.
    func isSettled(_ hash: ContentHash) -> Bool

    /// Calls `body` for every original, in no order, until it returns `false`. Reads only names:
    /// O(originals). What comes or goes meanwhile may or may not be seen.
    func forEachHash(_ body: (ContentHash) -> Bool) async throws(OriginalsError)

    /// Whether what is not at hand is asked for by network.
    var isElsewhere: Bool { get }

    /// Why what is not at hand can not be had just now, if so. Waits for nothing.
    var trouble: String? { get }
}

package enum OriginalReading: ~Copyable, Sendable {
    case stored(StoredOriginal)
    case arriving(Arrival)
}

/// As long as it lives, the original stays on this machine.
package final class OriginalHold: Sendable {
    private let release: @Sendable () -> Void

    init(release: @escaping @Sendable () -> Void) { self.release = release }

    deinit { release() }
}

/// What may be written beside the bytes, for who looks at the store by other means. Nothing is read
/// of it.
package struct OriginalDescription: Sendable {
    package let mediaType: String
    package let name: UTF8String?
    /// In microseconds since 1970.
    package let uploadedAt: Int64

    package init(mediaType: String, name: UTF8String?, uploadedAt: Int64) {
        (self.mediaType, self.name, self.uploadedAt) = (mediaType, name, uploadedAt)
    }
}

/// An original opened for reading.
package struct StoredOriginal: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor
    package let byteCount: Int
    /// When it was stored, in seconds since 1970.
    package let modifiedSeconds: Int64

    package consuming func takeDescriptor() -> OwnedDescriptor { descriptor }
}
