package import Digest

/// The name of an original: the SHA-256 of its bytes, written as 64 lower-case hex digits.
package struct ContentHash: Hashable, Sendable {
    package static let byteCount = 32
    package static let hexCount = 64

    package let bytes: SIMD32<UInt8>

    package init(bytes: SIMD32<UInt8>) { self.bytes = bytes }
    package init(_ digest: SHA256Digest) { bytes = digest.bytes }

    /// `nil` unless exactly 64 lower-case hex digits: one hash has one spelling.
    package init?(hex: Span<UInt8>) {
        guard hex.count == Self.hexCount else { return nil }
        var bytes = SIMD32<UInt8>()
        for index in 0..<Self.byteCount {
            guard let high = Self.nibble(hex[2 * index]), let low = Self.nibble(hex[2 * index + 1])
            else { return nil }
            bytes[index] = high << 4 | low
        }
        self.bytes = bytes
    }

    package init?(hex: some StringProtocol) {
        self.init(hex: Array(hex.utf8).span)
    }

    /// 64 lower-case hex digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return unsafe String(unsafeUninitializedCapacity: Self.hexCount) { buffer in
            for index in 0..<Self.byteCount {
                unsafe buffer[2 * index] = digits[Int(bytes[index] >> 4)]
                unsafe buffer[2 * index + 1] = digits[Int(bytes[index] & 15)]
            }
            return Self.hexCount
        }
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

extension ContentHash: CustomStringConvertible {
    package var description: String { hex }
}
