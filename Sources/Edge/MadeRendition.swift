internal import LinuxIO
internal import HTTP
internal import HTTPServer
internal import Rendition

/// A rendition fresh from a worker, shared by everyone who waited for it and by the cache writer.
final class MadeRendition: Sendable {
    /// Private part and field lines, as the cache keeps them.
    let storedHead: [UInt8]
    private let storedFieldLines: [UInt8]
    let content: [UInt8]
    let source: MemorySource
    let etag: RenditionTag
    private let storedLastModified: HTTPDate
    let timing: JobTiming

    init(
        storedHead: [UInt8], fieldLines: [UInt8], content: [UInt8], etag: RenditionTag,
        lastModified: HTTPDate, timing: JobTiming
    ) {
        self.storedHead = storedHead
        storedFieldLines = fieldLines
        self.content = content
        source = MemorySource(content)
        self.etag = etag
        storedLastModified = lastModified
        self.timing = timing
    }

    // The clock may have been set back since it was made.
    var lastModified: HTTPDate {
        HTTPDate(
            secondsSince1970: min(storedLastModified.secondsSince1970, Clock.coarseWallSeconds()))
    }
    var fieldLines: [UInt8] {
        StoredHead.notAhead(
            storedFieldLines, lastModified: storedLastModified.secondsSince1970)
    }
}

/// Where the time of a miss went, in microseconds.
struct JobTiming: Sendable {
    var queue: UInt32 = 0
    var decode: UInt32 = 0
    var resize: UInt32 = 0
    var encode: UInt32 = 0
    /// From handing the job to the worker to its answer.
    var job: UInt32 = 0
}

/// What a flight for one rendition ends in.
enum RenditionOutcome: Sendable {
    case made(MadeRendition)
    case failed(RenditionFailure)
}

/// Why there is no rendition; `Edge` alone turns it into a status.
enum RenditionFailure: Error, Sendable, Equatable {
    /// Remembered by hash where lasting.
    case refused(reason: String, isUnsupportedType: Bool)
    case overloaded(retryAfterSeconds: Int)
    case timedOut
    /// The worker was killed from outside, not by the picture.
    case workerLost
    /// The original's file is not there, or can not be read.
    case originalUnreadable
    case abandoned
}
