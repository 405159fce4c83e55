internal import Answers
internal import HTTP
internal import ImageIndex
internal import Ingest
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import Synchronization
internal import Telemetry

extension UploadError {
    var answer: ProblemAnswer {
        switch self {
        case .tooLarge: ProblemAnswer(status: .contentTooLarge, detail: detail)
        case .hashDiffers: ProblemAnswer(status: .conflict, detail: detail)
        case .digestDiffers: ProblemAnswer(status: .badRequest, detail: detail)
        case .empty: ProblemAnswer(status: .unsupportedMediaType, detail: detail)
        case .preconditionFailed: .preconditionFailed
        case .blocked: .blocked
        case .refused(_, let verdict): ProblemAnswer(RenditionFailure(verdict))
        case .notProbed(let seconds): .overloaded(retryAfterSeconds: seconds)
        case .interrupted: ProblemAnswer(status: .badRequest, detail: detail)
        case .otherType: ProblemAnswer(status: .unsupportedMediaType, detail: detail)
        case .usedUp: ProblemAnswer(status: .gone, detail: detail)
        case .storageFull: .storageFull
        case .storageFailing: .storageFailing
        case .storeAway: ProblemAnswer(RenditionFailure.originalAway)
        case .indexAway: .indexAway
        }
    }

    var counter: Counter {
        switch self {
        case .interrupted: .uploadsAborted
        case .storageFull, .storageFailing, .storeAway, .indexAway, .notProbed: .uploadsFailed
        default: .uploadsRejected
        }
    }
}

extension ProblemAnswer {
    /// - Parameter status: of a text of the client's that is too long.
    init(tooLong error: ImageIndexError, status: Status) {
        switch error {
        case .tooLong(let field, let limit):
            self.init(
                status: status,
                detail: "\(field): at most \(limit), in bytes for a text, in items for a list.")
        case .full: self = .storageFull
        case .busy: self = .overloaded(retryAfterSeconds: 1)
        case .away: self = .indexAway
        case .damaged, .missing, .failed: self = .storageFailing
        }
    }
}

/// A purge's receipt, out of the closure that purges.
final class PurgeSum: Sendable {
    private let sums = Mutex((count: 0, byteCount: 0))
    func set(_ receipt: PurgeReceipt) {
        sums.withLock { $0 = (receipt.count, receipt.byteCount) }
    }
    var value: (count: Int, byteCount: Int) { sums.withLock { $0 } }
}
