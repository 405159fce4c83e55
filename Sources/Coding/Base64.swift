/// Base64 in both alphabets (RFC 4648 §4 and §5). Reading and writing one digit are inlined where
/// they are used: an entity tag, written for every hit, has 22.
package enum Base64 {
    package enum Alphabet: Sendable {
        /// `+` and `/`, with padding.
        case standard
        /// `-` and `_`, without padding.
        case url
    }

    /// - Parameter value: 0…63.
    @inlinable @inline(__always)
    package static func digit(_ value: UInt8, _ alphabet: Alphabet) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + (value - 26)
        case 52..<62: UInt8(ascii: "0") + (value - 52)
        case 62: alphabet == .standard ? UInt8(ascii: "+") : UInt8(ascii: "-")
        default: alphabet == .standard ? UInt8(ascii: "/") : UInt8(ascii: "_")
        }
    }

    @inlinable @inline(__always)
    package static func value(of digit: UInt8, _ alphabet: Alphabet) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+") where alphabet == .standard: 62
        case UInt8(ascii: "/") where alphabet == .standard: 63
        case UInt8(ascii: "-") where alphabet == .url: 62
        case UInt8(ascii: "_") where alphabet == .url: 63
        default: nil
        }
    }

    /// Calls `take` with each byte that digits without padding stand for. No allocation.
    ///
    /// - Returns: the bits of the last digit that belong to no byte: zero where bytes have one
    ///   text. `nil` for a digit that is none and for a count that no bytes have.
    @inlinable @inline(__always)
    package static func decode(
        _ digits: Span<UInt8>, _ alphabet: Alphabet, _ take: (UInt8) -> Void
    ) -> UInt8? {
        guard digits.count % 4 != 1 else { return nil }
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for index in digits.indices {
            guard let value = value(of: digits[index], alphabet) else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                take(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        return UInt8(truncatingIfNeeded: bits & (1 << bitCount - 1))
    }

    /// The bytes of a text in the URLs' alphabet, which has no other spelling.
    package static func bytes(url text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        var bytes: [UInt8] = []
        return decode(digits.span, .url) { bytes.append($0) } == 0 ? bytes : nil
    }

    /// The bytes of a text with its padding; bits that belong to no byte may be anything.
    package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let padded = Array(text.utf8)
        let padding = padded.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
        guard padded.count.isMultiple(of: 4) else { return nil }
        let digits = Array(padded.dropLast(padding))
        var bytes: [UInt8] = []
        return decode(digits.span, .standard) { bytes.append($0) } == nil ? nil : bytes
    }

    package static func text(_ bytes: some Sequence<UInt8>, _ alphabet: Alphabet) -> [UInt8] {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            bitCount += 8
            while bitCount >= 6 {
                bitCount -= 6
                text.append(digit(UInt8(truncatingIfNeeded: bits >> bitCount) & 63, alphabet))
            }
        }
        if bitCount > 0 {
            text.append(digit(UInt8(truncatingIfNeeded: bits << (6 - bitCount)) & 63, alphabet))
        }
        guard alphabet == .standard else { return text }
        while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
        return text
    }

    /// With its padding.
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: text(bytes, .standard), as: UTF8.self)
    }
}
