internal import Coding
package import Digest

/// The name of an original: the SHA-256 of its bytes, written as 64 lower-case hex digits.
package struct ContentHash: Sendable {
    package static let byteCount = 32
    package static let hexCount = 64

    // In halves, as `SHA256Digest` is, and why.
    private let low: SIMD16<UInt8>
    private let high: SIMD16<UInt8>

    @inline(__always)
    package var bytes: SIMD32<UInt8> { SIMD32(lowHalf: low, highHalf: high) }

    @inline(__always)
    package init(bytes: SIMD32<UInt8>) { (low, high) = (bytes.lowHalf, bytes.highHalf) }
    package init(_ digest: SHA256Digest) { self.init(bytes: digest.bytes) }

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
        self.init(
            bytes: unsafe raw.withUnsafeBytes { unsafe $0.loadUnaligned(as: SIMD32<UInt8>.self) })
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
            return Hex.digit(nibble)
        }
    }

    /// Eight digits at a time in one word: a digit at a time it was a fifth of a hit's parsing.
    private init?(hex: Span<UInt8>, upperCase: Bool) {
        guard hex.count == Self.hexCount else { return nil }
        var words = SIMD4<UInt64>()
        var wrong: UInt64 = 0
        unsafe hex.withUnsafeBytes { raw in
            for word in 0..<4 {
                let high = unsafe Self.nibbles(raw, at: 16 * word, upperCase, &wrong)
                let low = unsafe Self.nibbles(raw, at: 16 * word + 8, upperCase, &wrong)
                words[word] = high | low << 32
            }
        }
        guard wrong == 0 else { return nil }
        self.init(bytes: unsafe unsafeBitCast(words, to: SIMD32<UInt8>.self))
    }

    /// Four bytes of eight digits, first digit in the lowest; sets bits of `wrong` where one of
    /// the eight is no digit.
    @inline(__always)
    private static func nibbles(
        _ raw: UnsafeRawBufferPointer, at offset: Int, _ upperCase: Bool, _ wrong: inout UInt64
    ) -> UInt64 {
        let each: UInt64 = 0x0101_0101_0101_0101
        let lowNibbles: UInt64 = 0x0F0F_0F0F_0F0F_0F0F
        let text = unsafe UInt64(
            littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        // Small letters have bit 0x40, decimal digits do not; capitals become small.
        let isLetter = text >> 6 & each
        let small = upperCase ? text | isLetter << 5 : text
        let values = (small & lowNibbles) &+ (isLetter &* 9)
        // Written again they must be what was read: whatever else was there differs. The sum
        // reaches 16 exactly for ten to fifteen, which are letters.
        let nibbles = values & lowNibbles
        let letters = (nibbles &+ (each &* 6)) >> 4 & each
        wrong |= (nibbles &+ (each &* 0x30) &+ (letters &* 39)) ^ small
        let pairs = (nibbles << 4 | nibbles >> 8) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF
        return (fours | fours >> 16) & 0xFFFF_FFFF
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
