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
        let high = Self.digits(of: bytes &>> 4)
        let low = Self.digits(of: bytes & 15)
        return InlineArray { $0 & 1 == 0 ? high[$0 / 2] : low[$0 / 2] }
    }

    /// All 64 digits at once: each is a decimal digit, a letter or wrong.
    private init?(hex: Span<UInt8>, upperCase: Bool) {
        guard hex.count == Self.hexCount else { return nil }
        let given = unsafe hex.withUnsafeBytes { unsafe $0.loadUnaligned(as: SIMD64<UInt8>.self) }
        let decimal = given &- UInt8(ascii: "0")
        let lower = given &- UInt8(ascii: "a")
        var values = SIMD64<UInt8>(repeating: 255)
        values.replace(with: decimal, where: decimal .< 10)
        values.replace(with: lower &+ 10, where: lower .< 6)
        if upperCase {
            let upper = given &- UInt8(ascii: "A")
            values.replace(with: upper &+ 10, where: upper .< 6)
        }
        guard values.max() < 16 else { return nil }
        bytes = values.evenHalf &<< 4 | values.oddHalf
    }

    private static func digits(of nibbles: SIMD32<UInt8>) -> SIMD32<UInt8> {
        let letters = nibbles &+ (UInt8(ascii: "a") - 10)
        return letters.replacing(with: nibbles &+ UInt8(ascii: "0"), where: nibbles .< 10)
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
