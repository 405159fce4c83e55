/// What separates the parts of a multipart body (RFC 2046 §5.1.1). Clients have longer ones than
/// its 70 bytes, and other marks in them than it allows: any visible byte but a quote is taken, and
/// a space that is not the last.
package struct MultipartBoundary: Hashable, Sendable {
    package static let byteLimit = 200

    let bytes: [UInt8]

    package init?(_ bytes: [UInt8]) {
        guard (1...Self.byteLimit).contains(bytes.count), bytes.last != .space,
            bytes.allSatisfy({ $0 >= .space && $0 < .delete && $0 != .quote })
        else { return nil }
        self.bytes = bytes
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
        let isForm = FieldParameters.forEach(of: value, from: end) { name, boundary in
            guard value.extracting(name).isEqualIgnoringCase(to: "boundary") else { return }
            // It frames the parts: here nothing is guessed.
            guard found == nil, boundary.isClear, let boundary = MultipartBoundary(boundary.text)
            else { return found = .malformed }
            found = .multipart(boundary)
        }
        self = isForm ? found ?? .malformed : .malformed
    }
}
