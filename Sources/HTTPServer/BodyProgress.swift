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

    /// Takes its next piece from `bytes`: the bytes used, and where in them content lies.
    mutating func take(
        _ bytes: Span<UInt8>
    ) throws(HTTPError) -> (used: Int, content: Range<Int>) {
        switch consume self {
        case .none:
            self = .none
            return (0, 0..<0)
        case .length(let left):
            let used = Int(min(left, UInt64(bytes.count)))
            let rest = left - UInt64(used)
            self = rest == 0 ? .none : .length(rest)
            return (used, 0..<used)
        case .chunked(var decoder):
            self = .none
            let step = try decoder.decode(bytes)
            if !step.isFinished { self = .chunked(decoder) }
            return (step.consumed, step.content)
        }
    }
}
