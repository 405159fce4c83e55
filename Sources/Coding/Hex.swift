/// Hexadecimal digits. Small ones are written, unless it is said otherwise.
package enum Hex {
    /// - Parameter nibble: 0…15.
    @inlinable @inline(__always)
    package static func digit(_ nibble: UInt8) -> UInt8 {
        nibble &+ (nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10)
    }

    /// As percent-encoding has it (RFC 3986 §2.1).
    @inlinable @inline(__always)
    package static func capital(_ nibble: UInt8) -> UInt8 {
        nibble &+ (nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "A") &- 10)
    }

    /// The last so many digits of a number, with zeros in front.
    package static func text(_ number: UInt64, digits count: Int) -> String {
        let digits = stride(from: 4 * (count - 1), through: 0, by: -4).map { shift in
            digit(UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 15)
        }
        return String(decoding: digits, as: UTF8.self)
    }

    package static func text(of bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digit($0 >> 4), digit($0 & 15)] }, as: UTF8.self)
    }

    /// Of so many bytes that nobody can guess: they are the kernel's.
    package static func random(byteCount: Int) -> String {
        text(of: (0..<byteCount).map { _ in UInt8.random(in: 0...255) })
    }

    /// Digits of any case, two for each byte.
    package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index].hexValue, let low = digits[index + 1].hexValue
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}

extension UInt8 {
    /// 0…15, or `nil` for what is no hex digit, of either case.
    @inlinable @inline(__always)
    package var hexValue: UInt8? {
        let digit = self &- UInt8(ascii: "0")
        if digit < 10 { return digit }
        let letter = (self | 0x20) &- UInt8(ascii: "a")
        return letter < 6 ? letter + 10 : nil
    }
}
