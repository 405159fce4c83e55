/// What is wrong with a request, from its first byte to the end of its body. After each of these
/// the connection cannot be used again: where the next request begins is not certain.
package enum HTTPError: Error, Hashable, Sendable, CaseIterable {
    case malformedRequestLine, malformedTarget, targetTooLong, methodTooLong, unsupportedVersion
    case malformedFieldLine, headTooLarge, tooManyFields
    case missingHost, repeatedHost, malformedHost
    case malformedContentLength, repeatedContentLength, contentLengthTooLarge
    case lengthBesideTransferEncoding, malformedTransferEncoding, unsupportedTransferCoding
    case malformedChunk, chunkTooLarge, chunkOverheadTooLarge, malformedTrailer, trailersTooLarge

    package var status: Status {
        switch self {
        case .targetTooLong: .uriTooLong
        case .headTooLarge, .tooManyFields, .trailersTooLarge: .requestHeaderFieldsTooLarge
        case .contentLengthTooLarge, .chunkTooLarge: .contentTooLarge
        case .methodTooLong, .unsupportedTransferCoding: .notImplemented
        case .unsupportedVersion: .httpVersionNotSupported
        default: .badRequest
        }
    }

    /// For the problem document.
    package var reason: StaticString {
        switch self {
        case .malformedRequestLine: "The request line is malformed."
        case .malformedTarget: "The request target is malformed or not allowed for the method."
        case .targetTooLong: "The request target is too long."
        case .methodTooLong: "The method is not known here."
        case .unsupportedVersion: "Only HTTP/1.0 and HTTP/1.1 are spoken here."
        case .malformedFieldLine: "A header field line is malformed."
        case .headTooLarge: "The request head is too large."
        case .tooManyFields: "There are too many header fields."
        case .missingHost: "An HTTP/1.1 request needs a Host field."
        case .repeatedHost: "There is more than one Host field."
        case .malformedHost: "The Host field is malformed."
        case .malformedContentLength: "Content-Length is not a decimal number."
        case .repeatedContentLength: "There is more than one Content-Length."
        case .contentLengthTooLarge: "Content-Length is larger than any body."
        case .lengthBesideTransferEncoding:
            "Content-Length and Transfer-Encoding exclude each other."
        case .malformedTransferEncoding: "Transfer-Encoding does not end in one chunked coding."
        case .unsupportedTransferCoding: "Only the chunked transfer coding is supported."
        case .malformedChunk: "The chunked body is malformed."
        case .chunkTooLarge: "A chunk is larger than any body."
        case .chunkOverheadTooLarge: "The chunk extensions are out of proportion to the body."
        case .malformedTrailer: "A trailer field line is malformed."
        case .trailersTooLarge: "The trailer section is too large."
        }
    }
}
