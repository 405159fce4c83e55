package import Store

package enum ImageIndexError: Error, Equatable, CustomStringConvertible {
    /// A text of the caller's is longer, or a list of them has more, than is kept.
    case tooLong(field: String, limit: Int)
    /// No room on the disk: nothing was kept.
    case full
    /// More wait for a commit than may: come again.
    case busy
    /// Who keeps it for several edges does not answer: come again.
    case away
    /// A stored record can not be read, or the index is of another format.
    case damaged
    /// There is no index.
    case missing
    /// The index can not be written or read now; why, in words for the log.
    case failed(String)

    package var description: String {
        switch self {
        case .tooLong(let field, let limit): "\(field) has more than \(limit)"
        case .full: "there is no room on the disk"
        case .busy: "too much waits to be written"
        case .away: "its database does not answer"
        case .damaged: "it is damaged, or of another version"
        case .missing: "it is not there"
        case .failed(let reason): reason
        }
    }

    package init(_ error: StoreError) {
        self =
            switch error {
            case .mapFull, .diskFull: .full
            case .busy, .collided: .busy
            case .away: .away
            case .damaged: .damaged
            case .missing: .missing
            default: .failed("\(error)")
            }
    }
}
