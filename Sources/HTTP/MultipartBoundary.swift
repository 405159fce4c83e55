/// What separates the parts of a multipart body (RFC 2046 §5.1.1): 1 to 70 of the letters, digits
/// and marks that a boundary may have, no space at its end.
package struct MultipartBoundary: Hashable, Sendable {
    package static let byteLimit = 70

    let bytes: [UInt8]

    package init?(_ bytes: [UInt8]) {
        guard (1...Self.byteLimit).contains(bytes.count), bytes.last != .space,
            bytes.allSatisfy(Self.isAllowed)
        else { return nil }
        self.bytes = bytes
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "'")...UInt8(ascii: ")"), UInt8(ascii: "+")...UInt8(ascii: ":"):
            true  // '() and +,-./ with the digits and the colon.
        case .equals, .space, UInt8(ascii: "?"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

/// What a `Content-Type` says of a form.
package enum FormContentType: Hashable, Sendable {
    /// Another type.
    case other
    /// `multipart/form-data` without a boundary that can be used: to be answered with 400.
    case malformed
    case multipart(MultipartBoundary)

    package init(_ value: Span<UInt8>) {
        let type: StaticString = "multipart/form-data"
        let end = type.utf8CodeUnitCount
        guard value.equalsIgnoringCase(type, from: 0) else {
            self = .other
            return
        }
        var found: FormContentType?
        let isWhole = FieldParameters.forEach(of: value, from: end) { name, text in
            guard value.extracting(name).isEqualIgnoringCase(to: "boundary") else { return true }
            guard found == nil, let boundary = MultipartBoundary(text) else { return false }
            found = .multipart(boundary)
            return true
        }
        self = isWhole ? found ?? .malformed : .malformed
    }
}
