/// A request method (RFC 9110 §9). Names are case-sensitive; any other token is `unknown`, which
/// a server answers with 501.
package enum Method: UInt8, Hashable, Sendable, CaseIterable {
    case get, head, post, put, delete, patch, options, trace, connect, unknown

    /// Longer tokens are refused before they are read whole.
    static let longestTokenByteCount = 32

    /// `bytes[start..<end]` is a token.
    init(_ bytes: Span<UInt8>, from start: Int, to end: Int) {
        let candidate: Method =
            switch (end - start, bytes[start]) {
            case (3, UInt8(ascii: "G")): .get
            case (3, UInt8(ascii: "P")): .put
            case (4, UInt8(ascii: "H")): .head
            case (4, UInt8(ascii: "P")): .post
            case (5, UInt8(ascii: "P")): .patch
            case (5, UInt8(ascii: "T")): .trace
            case (6, UInt8(ascii: "D")): .delete
            case (7, UInt8(ascii: "O")): .options
            case (7, UInt8(ascii: "C")): .connect
            default: .unknown
            }
        self = bytes.equals(candidate.name, from: start) ? candidate : .unknown
    }

    /// Empty for `unknown`.
    package var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .connect: "CONNECT"
        case .unknown: ""
        }
    }
}
