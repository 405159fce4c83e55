internal import LinuxIO
internal import ObjectStore

package enum OriginalsError: Error, Equatable, CustomStringConvertible {
    case notFound
    /// No room: nothing of the upload was kept.
    case full
    /// Another process works on the same directory.
    case inUse
    /// What is stored under the name are other bytes.
    case damaged
    /// A store that is reached by network is away, or does not let us; try again later. Why, in
    /// words for the log.
    case away(String)
    /// The storage fails; try again later. Why, in words for the log.
    case failed(String)

    package var description: String {
        switch self {
        case .notFound: "there is no such original"
        case .full: "there is no room left"
        case .inUse: "another process works on it; does an edge run there already?"
        case .damaged: "what is stored under the name are other bytes"
        case .away(let reason), .failed(let reason): reason
        }
    }

    init(_ error: SystemError) {
        self = error.isStorageFull ? .full : error.isNotFound ? .notFound : .failed("\(error)")
    }

    /// A missing file or directory in the middle of writing is a failing store, not a miss.
    init(writing error: SystemError) {
        self = error.isStorageFull ? .full : .failed("\(error)")
    }

    init(_ error: ObjectError) {
        switch error {
        case .notFound: self = .notFound
        case .full: self = .full
        case .wrongBytes: self = .damaged
        case .forbidden, .unavailable, .givenUp: self = .away("\(error)")
        case .tooLarge: self = .failed("\(error)")
        }
    }
}
