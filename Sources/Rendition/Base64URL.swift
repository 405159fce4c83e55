package import Digest

/// base64url without padding (RFC 4648 §5), where bytes have one text and a text one meaning.
package enum Base64URL {
    /// Up to 32 bytes, the others zero. `nil` for a letter that is none, for a count that no bytes
    /// have, and where the last letter has bits that belong to no byte. No allocation.
    package static func digest(_ text: Span<UInt8>) -> (digest: SHA256Digest, count: Int)? {
        let count = text.count * 6 / 8
        guard count <= SHA256Digest.byteCount, text.count == (count * 8 + 5) / 6 else { return nil }
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        var bits: UInt32 = 0
        var bitCount = 0
        var place = 0
        for index in text.indices {
            guard let value = value(of: text[index]) else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes[place] = UInt8(truncatingIfNeeded: bits >> UInt32(bitCount))
                place += 1
            }
        }
        guard bits & ((1 << UInt32(bitCount)) - 1) == 0 else { return nil }
        return unsafe (SHA256Digest(bytes: unsafeBitCast(bytes, to: SIMD32<UInt8>.self)), count)
    }

    package static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        repeat {
            // 40 letters are 30 bytes.
            let piece = Array(rest.prefix(40))
            guard let decoded = digest(piece.span) else { return nil }
            for index in 0..<decoded.count { bytes.append(decoded.digest.bytes[index]) }
            rest = rest.dropFirst(piece.count)
        } while !rest.isEmpty
        return bytes
    }

    package static func text(of digest: SHA256Digest) -> [UInt8] {
        (0..<43).map { index in
            let (first, shift) = (index * 6 / 8, index * 6 % 8)
            let high = UInt16(digest.bytes[first]) << 8
            let low = first < 31 ? UInt16(digest.bytes[first + 1]) : 0
            return letter(UInt8((high | low) >> UInt16(10 - shift) & 63))
        }
    }

    static func value(of letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): letter - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    static func letter(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + (value - 26)
        case 52..<62: UInt8(ascii: "0") + (value - 52)
        case 62: UInt8(ascii: "-")
        default: UInt8(ascii: "_")
        }
    }
}
