package import HTTPServer
package import LinuxIO
package import Rendition
package import RenditionCache

/// The rest of a rendition for a reader that is slower than the network. No copy is held: the
/// lease keeps its generation readable until it is sent, also when it is evicted meanwhile.
package final class CachedSource: BodySource, Sendable {
    private let lease: EntryLease?

    package init(_ cache: CacheReader, _ key: RenditionKey) { lease = cache.lease(key) }

    package func send(_ range: Range<Int>, by transport: Transport) -> IOResult {
        guard let lease, range.upperBound <= lease.bodyByteCount else { return .ended }
        let result = Self.send(range, of: lease, by: transport)
        switch result {
        case .moved(0) where !range.isEmpty: lease.reportUnreadable()  // The file is shorter now.
        case .failed(let error) where error.isUnreadable: lease.reportUnreadable()
        default: break
        }
        return result
    }

    private static func send(
        _ range: Range<Int>, of lease: EntryLease, by transport: Transport
    ) -> IOResult {
        if transport.copies { return lease.withMapped(range) { transport.send(mapped: $0) } }
        let place = lease.place
        return transport.send(
            from: FilePlace(descriptor: place.file, offset: place.offset + range.lowerBound),
            byteCount: range.count)
    }
}
