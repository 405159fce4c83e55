internal import Coding

/// `Content-Digest` and `Repr-Digest` (RFC 9530): dictionaries of algorithm and digest, as
/// `sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:`.
package enum DigestField: Hashable, Sendable {
    /// The field is not there, or names other algorithms only.
    case absent
    /// It has a `sha-256` that is no SHA-256: to be answered with 400.
    case malformed
    case sha256(SIMD32<UInt8>)

    /// - Parameters:
    ///   - field: `contentDigest` or `reprDigest`.
    ///   - bytes: those the head was parsed from.
    package init(_ field: KnownField, of head: RequestHead, in bytes: Span<UInt8>) {
        var found = DigestField.absent
        head.forEachValue(of: field, in: bytes) { value in
            var position = 0
            while let element = ListField.nextElement(of: value, from: &position) {
                guard let digest = Self.read(value.extracting(element)) else { continue }
                // Two that differ say nothing, and what is wrong once stays wrong.
                found = found == .absent || found == digest ? digest : .malformed
            }
        }
        self = found
    }

    /// `nil` for a member with another key.
    private static func read(_ member: Span<UInt8>) -> DigestField? {
        let key: StaticString = "sha-256"
        let keyEnd = key.utf8CodeUnitCount
        guard member.equals(key, from: 0) else { return nil }
        guard member.count > keyEnd else { return .malformed }
        guard member[keyEnd] == .equals else { return nil }
        // 32 bytes are 43 digits and one `=`, between colons; parameters may follow.
        let start = keyEnd + 2
        let end = start + 44
        guard member.count > end, member[start - 1] == .colon, member[end] == .colon,
            member.count == end + 1 || member[end + 1] == .semicolon,
            let bytes = base64(member.extracting(start..<end))
        else { return .malformed }
        return .sha256(bytes)
    }

    /// 43 digits of base64, the two spare bits of the last zero, and a `=` (RFC 4648 §4).
    private static func base64(_ text: Span<UInt8>) -> SIMD32<UInt8>? {
        guard text[43] == .equals else { return nil }
        var bytes = SIMD32<UInt8>()
        var index = 0
        let spare = Base64.decode(text.extracting(..<43), .standard) { byte in
            bytes[index] = byte
            index += 1
        }
        return spare == 0 ? bytes : nil
    }
}

extension OutputBuffer {
    /// `Repr-Digest` or `Content-Digest` with one SHA-256.
    package mutating func appendField(_ name: StaticString, sha256 digest: SIMD32<UInt8>) {
        append(name)
        append(": sha-256=:")
        for index in stride(from: 0, to: 30, by: 3) {
            append(base64: digest[index], digest[index + 1], digest[index + 2], digitCount: 4)
        }
        append(base64: digest[30], digest[31], 0, digitCount: 3)
        append("=:\r\n")
    }

    private mutating func append(
        base64 first: UInt8, _ second: UInt8, _ third: UInt8, digitCount: Int
    ) {
        let bits = UInt32(first) << 16 | UInt32(second) << 8 | UInt32(third)
        for place in 0..<digitCount {
            let value = UInt8(truncatingIfNeeded: bits >> UInt32(18 - 6 * place)) & 63
            append(Base64.digit(value, .standard))
        }
    }
}
