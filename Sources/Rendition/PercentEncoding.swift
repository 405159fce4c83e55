internal import Coding

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
            guard let byte = PercentCoding.escaped(in: target, at: index)
            else { throw .malformedEscape }
            if PercentCoding.isUnreserved(byte) || byte == UInt8(ascii: ",") {
                plain.append(byte)
            } else {
                // Without the percent sign it would be read again; '*' stands in no valid target.
                plain.append(UInt8(ascii: "*"))
            }
            index += 3
        }
        return plain
    }
}
