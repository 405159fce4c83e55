internal import ImageIndex
internal import Rendition

// What a person is told of an upload that was not kept, wherever it came from.
extension UploadError {
    package var detail: String {
        switch self {
        case .tooLarge(let limit): "An upload may have \(limit) bytes at most."
        case .hashDiffers(let actual):
            "The bytes have the hash \(actual.hex); nothing was kept."
        case .digestDiffers:
            "The bytes do not have the digest that came with them; nothing was kept."
        case .empty: "The upload is empty."
        case .preconditionFailed: "A condition of the request does not hold."
        case .blocked: "These bytes were blocked."
        case .refused(_, let verdict): verdict.detail
        case .notProbed: "No worker could look at it in time."
        case .interrupted: "The body is malformed or incomplete."
        case .otherType(let accepted): "This link takes \(accepted.joined(separator: ", "))."
        case .usedUp: "This link is used up."
        case .storageFull: "The disk is full."
        case .storageFailing: "The disk or the index is failing."
        case .storeAway: "The store of originals does not answer; nothing was kept."
        case .indexAway: "The index that the edges share does not answer; nothing was kept."
        }
    }

    /// The case in one word, for a program.
    package var word: String {
        switch self {
        case .tooLarge: "too-large"
        case .hashDiffers: "hash-differs"
        case .digestDiffers: "digest-differs"
        case .empty: "empty"
        case .preconditionFailed: "precondition-failed"
        case .blocked: "blocked"
        case .refused: "refused"
        case .notProbed: "not-probed"
        case .interrupted: "interrupted"
        case .otherType: "other-type"
        case .usedUp: "used-up"
        case .storageFull: "storage-full"
        case .storageFailing: "storage-failing"
        case .storeAway: "store-away"
        case .indexAway: "index-away"
        }
    }
}
