/// The request fields somebody here reads. All others are checked for their form and passed over.
package enum KnownField: UInt8, Hashable, Sendable, CaseIterable {
    case host, range, accept, expect, origin, ifMatch, ifRange
    case connection, userAgent, reprDigest, contentType, xRequestID, traceparent
    case authorization, ifNoneMatch, contentRange, cacheControl, secCHDPR, secCHWidth
    case contentLength, contentDigest, acceptEncoding, xForwardedFor, xForwardedProto, forwarded
    case contentEncoding, ifModifiedSince, transferEncoding, ifUnmodifiedSince
    case accessControlRequestMethod, accessControlRequestHeaders, referer

    /// As `RequestHead` keeps a place for each.
    static let count = 32

    /// `bytes[start..<end]` is a token; names are case-insensitive (RFC 9110 §5.1).
    @inline(__always)
    init?(_ bytes: Span<UInt8>, from start: Int, to end: Int) {
        let last = bytes[end - 1] | 0x20
        guard
            let candidate = Self.candidate(
                length: end - start, first: bytes[start] | 0x20, last: last),
            bytes.equalsIgnoringCase(candidate.lowercaseName, from: start)
        else { return nil }
        self = candidate
    }

    /// The one field that a name of this length with these first and last letters can be.
    private static func candidate(length: Int, first: UInt8, last: UInt8) -> KnownField? {
        let first = Unicode.Scalar(first)
        let last = Unicode.Scalar(last)
        switch length {
        case 4: return first == "h" ? .host : nil
        case 5: return first == "r" ? .range : nil
        case 6: return first == "a" ? .accept : first == "e" ? .expect : .origin
        case 7: return .referer
        case 8: return last == "h" ? .ifMatch : .ifRange
        case 9: return .forwarded
        case 10: return first == "c" ? .connection : first == "u" ? .userAgent : .secCHDPR
        case 11: return first == "r" ? .reprDigest : .traceparent
        case 12: return first == "c" ? .contentType : first == "s" ? .secCHWidth : .xRequestID
        case 13:
            return switch (first, last) {
            case ("a", _): .authorization
            case ("i", _): .ifNoneMatch
            case ("c", "e"): .contentRange
            default: .cacheControl
            }
        case 14: return last == "h" ? .contentLength : .contentDigest
        case 15: return first == "a" ? .acceptEncoding : .xForwardedFor
        case 16: return .contentEncoding
        case 17:
            return first == "i"
                ? .ifModifiedSince : first == "t" ? .transferEncoding : .xForwardedProto
        case 19: return .ifUnmodifiedSince
        case 29: return .accessControlRequestMethod
        case 30: return .accessControlRequestHeaders
        default: return nil
        }
    }

    package var lowercaseName: StaticString {
        switch self {
        case .host: "host"
        case .range: "range"
        case .accept: "accept"
        case .expect: "expect"
        case .origin: "origin"
        case .ifMatch: "if-match"
        case .ifRange: "if-range"
        case .connection: "connection"
        case .userAgent: "user-agent"
        case .reprDigest: "repr-digest"
        case .contentType: "content-type"
        case .xRequestID: "x-request-id"
        case .traceparent: "traceparent"
        case .authorization: "authorization"
        case .ifNoneMatch: "if-none-match"
        case .contentRange: "content-range"
        case .cacheControl: "cache-control"
        case .secCHDPR: "sec-ch-dpr"
        case .secCHWidth: "sec-ch-width"
        case .contentLength: "content-length"
        case .contentDigest: "content-digest"
        case .acceptEncoding: "accept-encoding"
        case .xForwardedFor: "x-forwarded-for"
        case .xForwardedProto: "x-forwarded-proto"
        case .forwarded: "forwarded"
        case .contentEncoding: "content-encoding"
        case .ifModifiedSince: "if-modified-since"
        case .transferEncoding: "transfer-encoding"
        case .ifUnmodifiedSince: "if-unmodified-since"
        case .accessControlRequestMethod: "access-control-request-method"
        case .accessControlRequestHeaders: "access-control-request-headers"
        case .referer: "referer"
        }
    }
}
