package import Digest

/// The name of an original: the SHA-256 of its bytes, written as 64 lower-case hex digits.
package struct ContentHash: Sendable {
    package static let byteCount = 32
    package static let hexCount = 64

    package let bytes: SIMD32<UInt8>

    package init(bytes: SIMD32<UInt8>) { self.bytes = bytes }
    package init(_ digest: SHA256Digest) { bytes = digest.bytes }

    /// `nil` unless exactly 64 lower-case hex digits: one hash has one spelling. No allocation.
    package init?(hex: Span<UInt8>) { self.init(hex: hex, upperCase: false) }

    /// Upper-case digits too, for a URL that is then redirected to its one spelling.
    package init?(hexOfAnyCase hex: Span<UInt8>) { self.init(hex: hex, upperCase: true) }

    package init?(hex: some StringProtocol) {
        self.init(hex: Array(hex.utf8).span)
    }

    /// From 32 bytes as they are; `nil` for another count.
    package init?(raw: Span<UInt8>) {
        guard raw.count == Self.byteCount else { return nil }
        bytes = unsafe raw.withUnsafeBytes { unsafe $0.loadUnaligned(as: SIMD32<UInt8>.self) }
    }

    /// The 32 bytes as they are, inline.
    package var rawBytes: InlineArray<32, UInt8> {
        unsafe unsafeBitCast(bytes, to: InlineArray<32, UInt8>.self)
    }

    /// 64 lower-case hex digits.
    package var hex: String {
        let digits = hexDigits
        return unsafe String(unsafeUninitializedCapacity: Self.hexCount) { buffer in
            for index in 0..<Self.hexCount { unsafe buffer[index] = digits[index] }
            return Self.hexCount
        }
    }

    /// 64 lower-case hex digits, inline.
    package var hexDigits: InlineArray<64, UInt8> {
        let words = bigEndianWords
        return InlineArray { index in
            let nibble =
                UInt8(truncatingIfNeeded: words[index / 16] >> UInt64(60 - index % 16 * 4)) & 15
            return nibble &+ (nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10)
        }
    }

    /// Word by word, which measured fifty times faster than the generic `SIMD64` operations.
    private init?(hex: Span<UInt8>, upperCase: Bool) {
        guard hex.count == Self.hexCount else { return nil }
        // Makes small letters of capital ones, and of nothing else a hex digit.
        let caseBit: UInt8 = upperCase ? 0x20 : 0
        var words = SIMD4<UInt64>()
        var isValid = true
        for word in 0..<4 {
            var value: UInt64 = 0
            for index in 0..<16 {
                let digit = hex[word * 16 + index]
                let decimal = digit &- UInt8(ascii: "0")
                let letter = (digit | caseBit) &- UInt8(ascii: "a")
                isValid = isValid && (decimal < 10 || letter < 6)
                value = value &<< 4 | UInt64((decimal < 10 ? decimal : letter &+ 10) & 15)
            }
            words[word] = value.bigEndian
        }
        guard isValid else { return nil }
        bytes = unsafe unsafeBitCast(words, to: SIMD32<UInt8>.self)
    }

    private var bigEndianWords: InlineArray<4, UInt64> {
        let words = unsafe unsafeBitCast(bytes, to: SIMD4<UInt64>.self)
        return [
            words.x.bigEndian, words.y.bigEndian, words.z.bigEndian, words.w.bigEndian,
        ]
    }
}

extension ContentHash: Hashable {
    package static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }

    package func hash(into hasher: inout Hasher) {
        let words = unsafe unsafeBitCast(bytes, to: SIMD4<UInt64>.self)
        hasher.combine(words.x)
        hasher.combine(words.y)
        hasher.combine(words.z)
        hasher.combine(words.w)
    }
}

extension ContentHash: CustomStringConvertible {
    package var description: String { hex }
}
