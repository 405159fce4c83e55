package enum ObjectError: Error, Equatable, CustomStringConvertible, Sendable {
    case notFound
    /// The store answers, and does not let us, or not so: keys, rights, a wrong bucket.
    case forbidden(status: Int, code: String)
    /// What came is not what the name says.
    case wrongBytes
    /// The store is away, or failed twice.
    case unavailable(String)
    /// Nobody asks a store that has failed so often, until a probe goes well.
    case givenUp
    /// No room for what comes.
    case full
    /// More than may be taken.
    case tooLarge

    package var description: String {
        switch self {
        case .notFound: "not there"
        case .forbidden(let status, let code): "the store answered \(status) \(code)"
        case .wrongBytes: "the bytes are not those that the name says"
        case .unavailable(let reason): reason
        case .givenUp: "the store has failed too often; it is probed once a second"
        case .full: "no room"
        case .tooLarge: "larger than originals.localBytes"
        }
    }
}
