/// Escapes in URLs (RFC 3986 §2.1).
package enum PercentCoding {
    /// Letters, digits and `-._~`, which no URL needs to escape (§2.3).
    @inlinable @inline(__always)
    package static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// The byte that two digits behind a percent sign at `index` stand for.
    @inlinable @inline(__always)
    package static func escaped(in text: Span<UInt8>, at index: Int) -> UInt8? {
        guard index + 2 < text.count, let high = text[index + 1].hexValue,
            let low = text[index + 2].hexValue
        else { return nil }
        return high << 4 | low
    }

    /// All but the unreserved characters as `%XX`.
    package static func encode(_ text: some StringProtocol) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), Hex.capital(byte >> 4), Hex.capital(byte & 15)]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// All escapes undone; `nil` where one is broken.
    ///
    /// - Parameter plus: what a plus sign stands for: in a query, as forms write it, a space.
    package static func decode(
        _ text: Span<UInt8>, plus: UInt8 = UInt8(ascii: "+")
    ) -> [UInt8]? {
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "%"):
                guard let byte = escaped(in: text, at: index) else { return nil }
                plain.append(byte)
                index += 2
            case UInt8(ascii: "+"): plain.append(plus)
            case let byte: plain.append(byte)
            }
            index += 1
        }
        return plain
    }
}
