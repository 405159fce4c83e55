/// What the fields that frame a message say, gathered while they are read and weighed together at
/// the end of the head (RFC 9112 §3.2, §6, §9.3).
struct FieldFacts: Sendable {
    private var contentLength: UInt64?
    private var hasTransferEncoding = false
    /// Over all lines of the field: how many codings are `chunked`, whether the last one is, and
    /// whether there is any other.
    private var chunkedCount = 0
    private var endsInChunked = false
    private var hasOtherCoding = false
    private var wantsClose = false
    private var wantsKeepAlive = false
    private var expectation = RequestExpectation.none

    @inline(__always)
    mutating func read(
        _ field: KnownField, _ value: Span<UInt8>, isFirst: Bool
    ) throws(HTTPError) {
        switch field {
        case .host:
            guard isFirst else { throw .repeatedHost }
            guard Authority.isValid(value) else { throw .malformedHost }
        case .contentLength:
            guard isFirst else { throw .repeatedContentLength }
            contentLength = try Self.length(value)
        case .transferEncoding: try readTransferEncoding(value)
        case .connection: readConnection(value)
        case .expect: readExpectation(value)
        default: break
        }
    }

    /// Digits only: no sign, no list, no blanks (RFC 9110 §8.6).
    private static func length(_ value: Span<UInt8>) throws(HTTPError) -> UInt64 {
        guard !value.isEmpty else { throw .malformedContentLength }
        for index in value.indices where !value[index].isDigit { throw .malformedContentLength }
        guard let length = DecimalNumber.parse(value, in: 0..<value.count)
        else { throw .contentLengthTooLarge }
        return length
    }

    private mutating func readTransferEncoding(_ value: Span<UInt8>) throws(HTTPError) {
        hasTransferEncoding = true
        var isMalformed = false
        ListField.forEachElement(of: value) { element in
            endsInChunked = element.isEqualIgnoringCase(to: "chunked")
            if endsInChunked {
                chunkedCount += 1
            } else {
                hasOtherCoding = true
            }
            // A coding is a token, perhaps with parameters behind a semicolon.
            let end = element.indexOfFirst(notIn: .token, from: 0)
            let next = element.indexAfterBlanks(from: end)
            if end == 0 || (next < element.count && element[next] != .semicolon) {
                isMalformed = true
            }
        }
        if isMalformed { throw .malformedTransferEncoding }
    }

    private mutating func readConnection(_ value: Span<UInt8>) {
        ListField.forEachElement(of: value) { option in
            if option.isEqualIgnoringCase(to: "close") {
                wantsClose = true
            } else if option.isEqualIgnoringCase(to: "keep-alive") {
                wantsKeepAlive = true
            }
        }
    }

    private mutating func readExpectation(_ value: Span<UInt8>) {
        ListField.forEachElement(of: value) { element in
            if !element.isEqualIgnoringCase(to: "100-continue") {
                expectation = .unsupported
            } else if expectation == .none {
                expectation = .continue
            }
        }
    }

    func conclude(_ head: inout RequestHead) throws(HTTPError) {
        if let host = head[.host] {
            if head.authority.isEmpty { head.authority = host }
        } else if head.minorVersion == 1 {
            throw .missingHost
        }
        head.framing = try framing(minorVersion: head.minorVersion)
        head.keepAlive = !wantsClose && (head.minorVersion == 1 || wantsKeepAlive)
        head.expectation = head.minorVersion == 1 ? expectation : .none
    }

    /// The strict reading of RFC 9112 §6.3: whatever two parsers could take two ways is refused.
    private func framing(minorVersion: UInt8) throws(HTTPError) -> BodyFraming {
        guard hasTransferEncoding else { return contentLength.map { .length($0) } ?? .none }
        guard contentLength == nil else { throw .lengthBesideTransferEncoding }
        guard minorVersion == 1, endsInChunked, chunkedCount == 1
        else { throw .malformedTransferEncoding }
        guard !hasOtherCoding else { throw .unsupportedTransferCoding }
        return .chunked
    }
}
