/// The media type of an original, such as `image/jpeg`: 1 to 16 bytes, inline.
package struct MediaType: Hashable, Sendable {
    package static let maximumByteCount = 16

    /// Filled up with zeros.
    let bytes: SIMD16<UInt8>

    /// `nil` unless it is 1 to 16 bytes of visible ASCII.
    package init?(_ text: String) { self.init(Array(text.utf8).span) }

    /// One of the program's own names.
    package init(_ text: StaticString) {
        guard let type = MediaType(text.description) else {
            preconditionFailure("no media type: \(text)")
        }
        self = type
    }

    init?(_ text: Span<UInt8>) {
        guard (1...Self.maximumByteCount).contains(text.count) else { return nil }
        var bytes = SIMD16<UInt8>()
        for index in text.indices {
            guard (0x21...0x7E).contains(text[index]) else { return nil }
            bytes[index] = text[index]
        }
        self.bytes = bytes
    }

    package var byteCount: Int { bytes.indices.first { bytes[$0] == 0 } ?? Self.maximumByteCount }

    /// Lends the text to `body`. No allocation.
    package func withBytes<R, E: Error>(
        _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        let copy = InlineArray<16, UInt8> { bytes[$0] }
        return try body(copy.span.extracting(first: byteCount))
    }
}

extension MediaType: CustomStringConvertible {
    package var description: String {
        String(decoding: bytes.indices.map { bytes[$0] }.prefix(byteCount), as: UTF8.self)
    }
}
