/// Escapes in targets that did not need escaping (RFC 3986 §6.2.2.2).
enum PercentEncoding {
    /// Unreserved characters and the comma, which means nothing in these URLs but in a focal point,
    /// as themselves; other escapes stay as they are, so that none can become a separator.
    static func decodingUnreserved(
        _ target: Span<UInt8>
    ) throws(RenditionRequest.Invalid) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(target.count)
        var index = 0
        while index < target.count {
            guard target[index] == UInt8(ascii: "%") else {
                plain.append(target[index])
                index += 1
                continue
            }
            guard index + 2 < target.count, let high = value(target[index + 1]),
                let low = value(target[index + 2])
            else { throw .malformedEscape }
            let byte = high << 4 | low
            if mayStandPlain(byte) {
                plain.append(byte)
            } else {
                // Without the percent sign it would be read again; '*' stands in no valid target.
                plain.append(UInt8(ascii: "*"))
            }
            index += 3
        }
        return plain
    }

    private static func mayStandPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ","):
            true
        default: false
        }
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
