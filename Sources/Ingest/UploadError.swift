package import ImageIndex
internal import LinuxIO
internal import Originals
package import Rendition
internal import WorkerLink

/// Why an upload was not kept. Nothing of it stays.
package enum UploadError: Error, Equatable {
    case tooLarge(limit: Int)
    /// The bytes have another hash than the one they were sent under.
    case hashDiffers(actual: ContentHash)
    /// The bytes have another digest than a digest field said.
    case digestDiffers
    case empty
    /// What is known of these bytes is not what the client expects.
    case preconditionFailed
    /// An administrator blocked these bytes.
    case blocked
    case refused(ContentHash, Verdict)
    /// No worker could look at it in time.
    case notProbed(retryAfterSeconds: Int)
    /// The client left, or sent a body that ends wrongly.
    case interrupted
    /// The link that it came by takes others only.
    case otherType(accepted: [String])
    /// As many as the link is for have come by it.
    case usedUp
    case storageFull
    case storageFailing
    /// The store is elsewhere and does not answer.
    case storeAway
    /// Who keeps the index for several edges does not answer.
    case indexAway

    /// The same bytes may be taken the next time they come.
    package var isPassing: Bool {
        switch self {
        case .notProbed, .interrupted, .storageFull, .storageFailing, .storeAway, .indexAway:
            true
        case .refused(_, let verdict): RefusalReason(rawValue: verdict.reason)?.isLasting == false
        case .tooLarge, .hashDiffers, .digestDiffers, .empty, .preconditionFailed, .blocked,
            .otherType, .usedUp:
            false
        }
    }

    /// The same, and what another moment may judge otherwise.
    package var mayPass: Bool {
        if case .refused(_, let verdict) = self { verdict.mayPass } else { isPassing }
    }

    init(_ error: OriginalsError) {
        switch error {
        case .full: self = .storageFull
        case .away: self = .storeAway
        case .notFound, .inUse, .damaged, .failed: self = .storageFailing
        }
    }

    init(_ error: SystemError) { self = error.isStorageFull ? .storageFull : .storageFailing }

    package init(_ error: ImageIndexError) {
        switch error {
        case .full: self = .storageFull
        case .busy: self = .notProbed(retryAfterSeconds: 1)
        case .away: self = .indexAway
        case .tooLong, .damaged, .missing, .failed: self = .storageFailing
        }
    }
}

extension Verdict {
    var mayPass: Bool { RefusalReason(rawValue: reason)?.mayPass == true }
}
