/// What others can be told of. Raw values are stored: never renumber.
package enum EventKind: UInt8, CaseIterable, Sendable {
    case imageStored = 1
    case imageReady = 2
    case imageFailed = 3
    case imageDeleted = 4
    case errorsAlarm = 5

    /// As receivers know it.
    package var word: String {
        switch self {
        case .imageStored: "image.stored"
        case .imageReady: "image.ready"
        case .imageFailed: "image.failed"
        case .imageDeleted: "image.deleted"
        case .errorsAlarm: "errors.alarm"
        }
    }

    package init?(word: String) {
        guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }
}
