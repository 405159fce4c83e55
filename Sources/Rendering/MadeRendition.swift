package import HTTP
internal import LinuxIO
package import Rendition

/// A rendition fresh from a worker, shared by everyone who waited for it and by the cache writer.
package final class MadeRendition: Sendable {
    /// Private part and field lines, as the cache keeps them.
    let storedHead: [UInt8]
    private let storedFieldLines: [UInt8]
    package let content: [UInt8]
    package let etag: RenditionTag
    private let storedLastModified: HTTPDate
    package let timing: JobTiming

    init(
        storedHead: [UInt8], fieldLines: [UInt8], content: [UInt8], etag: RenditionTag,
        lastModified: HTTPDate, timing: JobTiming
    ) {
        self.storedHead = storedHead
        storedFieldLines = fieldLines
        self.content = content
        self.etag = etag
        storedLastModified = lastModified
        self.timing = timing
    }

    // The clock may have been set back since it was made.
    package var lastModified: HTTPDate {
        HTTPDate(
            secondsSince1970: min(storedLastModified.secondsSince1970, Clock.coarseWallSeconds()))
    }
    package var fieldLines: [UInt8] {
        StoredHead.notAhead(
            storedFieldLines, lastModified: storedLastModified.secondsSince1970)
    }
}

/// Where the time of a miss went, in microseconds.
package struct JobTiming: Sendable {
    package var queue: UInt32 = 0
    package var decode: UInt32 = 0
    package var resize: UInt32 = 0
    package var encode: UInt32 = 0
    /// From handing the job to the worker to its answer.
    package var job: UInt32 = 0
}

/// What a flight for one rendition ends in.
package enum RenditionOutcome: Sendable {
    case made(MadeRendition)
    case failed(RenditionFailure)
}

/// Why there is no rendition; `Answers` turns it into a status.
package enum RenditionFailure: Error, Sendable, Equatable {
    /// Remembered by hash where lasting.
    case refused(reason: String, isUnsupportedType: Bool)
    case overloaded(retryAfterSeconds: Int)
    case timedOut
    /// The worker was killed from outside, not by the picture.
    case workerLost
    /// The original's file is not there, or can not be read.
    case originalUnreadable
    /// The store of originals is elsewhere and does not answer.
    case originalAway
    case abandoned

    /// In words, for who asked.
    package var detail: String {
        switch self {
        case .refused(let reason, _): reason
        case .overloaded: "There is more to do than can be done in time."
        case .timedOut: "The rendition took too long to make."
        case .workerLost, .abandoned: "The rendition could not be made just now."
        case .originalUnreadable: "The storage fails; nothing was kept."
        case .originalAway: "The store of originals does not answer; nothing was kept."
        }
    }
}
