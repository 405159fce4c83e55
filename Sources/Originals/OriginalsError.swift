internal import LinuxIO

package enum OriginalsError: Error, Equatable {
    case notFound
    /// No room: nothing of the upload was kept.
    case full
    /// Another process works on the same directory.
    case inUse
    /// The storage fails; try again later. Why, in words for the log.
    case failed(String)

    init(_ error: SystemError) {
        self = error.isStorageFull ? .full : error.isNotFound ? .notFound : .failed("\(error)")
    }

    /// A missing file or directory in the middle of writing is a failing store, not a miss.
    init(writing error: SystemError) {
        self = error.isStorageFull ? .full : .failed("\(error)")
    }
}
