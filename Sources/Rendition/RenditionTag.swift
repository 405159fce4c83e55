internal import Coding

/// The strong validator of a rendition (RFC 9110 §8.8.3): 16 bytes in base64url between quotes.
package struct RenditionTag: Sendable {
    package static let byteCount = 24

    /// Quotes included, ready to send.
    package let bytes: InlineArray<24, UInt8>

    init(_ digest: SIMD16<UInt8>) {
        let words = unsafe unsafeBitCast(digest, to: SIMD2<UInt64>.self)
        let (high, low) = (words.x.bigEndian, words.y.bigEndian)
        bytes = InlineArray { index in
            guard 1...22 ~= index else { return UInt8(ascii: "\"") }
            // The sextet that begins at this bit of 128; past the end are zeros (RFC 4648 §5).
            let bit = UInt64((index - 1) * 6)
            let shifted = bit < 64 ? high << bit | low >> (64 - bit) : low << (bit - 64)
            return Base64.digit(UInt8(truncatingIfNeeded: shifted >> 58), .url)
        }
    }

    /// Lends the 24 bytes to `body`.
    package func withBytes<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try body(bytes.span)
    }

    package var description: String {
        var text = ""
        for index in bytes.indices { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
        return text
    }
}

extension RenditionTag: CustomStringConvertible {}
