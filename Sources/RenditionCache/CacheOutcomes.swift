package import Digest

/// What became of a rendition that was offered.
package enum InsertOutcome: Sendable, Equatable {
    /// It is there to be found, whether by this call or from before.
    case stored
    /// Too much is waiting to be written.
    case dropped
    /// Its original was purged after the ticket was taken.
    case purged
    /// Large, and asked for only once of late.
    case notAdmitted
    /// No generation could hold it.
    case tooLarge
    /// Nothing can be written at the moment (`CacheStatistics.writing` says why).
    case suspended
}

/// Taken when a job starts; what it makes is not kept if its original is purged meanwhile.
package struct PurgeTicket: Sendable {
    let epoch: UInt64

    init(epoch: UInt64) { self.epoch = epoch }

    /// Of a cache that nothing was purged from: for an order that is never carried out.
    package init() { self.init(epoch: 0) }
}

package struct PurgeReceipt: Sendable, Equatable {
    package var count: Int
    /// Of the renditions, head and body.
    package var byteCount: Int
    /// Whether they stay away if the system falls now. Otherwise the disk refused to say so.
    package var isDurable: Bool
}

/// Who knows the digest of a body that is offered.
package enum BodyDigest: Sendable {
    case known(SHA256Digest)
    /// Computed by the cache's writer, about half a nanosecond a byte.
    case unknown
}
