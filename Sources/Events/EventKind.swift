/// What others can be told of. Raw values are stored: never renumber.
package enum EventKind: UInt8, CaseIterable, Sendable {
    case imageStored = 1
    case imageReady = 2
    case imageFailed = 3
    case imageDeleted = 4
    case errorsAlarm = 5
    /// An image that is ready has another name, or one more, or one fewer.
    case imageNamed = 6

    /// What receivers are told of: names are for who keeps something under them.
    package static let forReceivers = allCases.filter { $0 != .imageNamed }

    /// As receivers know it.
    package var word: String {
        switch self {
        case .imageStored: "image.stored"
        case .imageReady: "image.ready"
        case .imageFailed: "image.failed"
        case .imageDeleted: "image.deleted"
        case .errorsAlarm: "errors.alarm"
        case .imageNamed: "image.named"
        }
    }

    package init?(word: String) {
        guard let found = Self.forReceivers.first(where: { $0.word == word }) else { return nil }
        self = found
    }
}
