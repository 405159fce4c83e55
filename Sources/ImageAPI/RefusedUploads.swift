package import ImageIndex
internal import Ingest
package import Rendition
internal import Synchronization
internal import Telemetry
internal import Text

/// The last uploads that were not kept, and why. In memory, each edge its own: a restart forgets
/// them, the log and the events `image.failed` do not.
package final class RefusedUploads: Sendable {
    package static let capacity = 1000

    package struct Entry: Sendable {
        /// Microseconds since 1970.
        package var time: Int64
        /// In one word, for a program.
        package var reason: String
        package var detail: String
        /// As far as it was known when the upload was given up.
        package var hash: ContentHash?
        package var origin: UploadOrigin

        package init(
            time: Int64, reason: String, detail: String, hash: ContentHash? = nil,
            origin: UploadOrigin
        ) {
            (self.time, self.reason, self.detail) = (time, reason, detail)
            (self.hash, self.origin) = (hash, origin)
        }
    }

    private let ring = Mutex(Ring<Entry>(capacity: capacity))

    package init() {}

    package func append(_ entry: Entry) { ring.withLock { $0.append(entry) } }

    /// Newest first.
    ///
    /// - Parameter owner: whose, if only those of one.
    func list(limit: Int, of owner: UTF8String?) -> [Entry] {
        let entries = ring.withLock { $0.newestFirst }
        return Array(
            entries.lazy.filter { owner == nil || $0.origin.owner == owner }.prefix(limit))
    }
}

extension RefusedUploads.Entry {
    init(_ error: UploadError, of origin: UploadOrigin, at time: Int64) {
        self.init(time: time, reason: error.word, detail: error.detail, origin: origin)
        switch error {
        case .refused(let refused, _): hash = refused
        case .hashDiffers(let actual): hash = actual
        default: break
        }
    }
}
