internal import HTTP

/// How far the body of the request under way has come.
enum BodyProgress: ~Copyable {
    case none
    case length(UInt64)
    case chunked(ChunkedDecoder)

    init(_ framing: BodyFraming) {
        switch framing {
        case .none: self = .none
        case .length(let count): self = count == 0 ? .none : .length(count)
        case .chunked: self = .chunked(ChunkedDecoder())
        }
    }

    var isComplete: Bool {
        switch self {
        case .none: true
        case .length: false
        case .chunked: false
        }
    }

    /// Bytes that are known to be left; chunked bodies do not say.
    var remainingByteCount: UInt64? {
        switch self {
        case .none: 0
        case .length(let count): count
        case .chunked: nil
        }
    }
}
