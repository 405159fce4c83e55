/// Reads `Accept` (RFC 9110 §12.5.1) for the formats it names, allocation-free.
struct AcceptScanner {
    private var index = 0

    /// Formats named with a weight above zero; none at all when the field is malformed.
    static func namedFormats(in field: Span<UInt8>) -> EnumSet<OutputFormat> {
        var scanner = AcceptScanner()
        var named: EnumSet<OutputFormat> = []
        while true {
            // Empty elements of a list are ignored (RFC 9110 §5.6.1.2).
            while scanner.skipSpace(field), scanner.take(UInt8(ascii: ","), field) {}
            guard scanner.index < field.count else { return named }
            guard let type = scanner.token(field), scanner.take(UInt8(ascii: "/"), field),
                let subtype = scanner.token(field),
                let isWanted = scanner.parameters(field)
            else { return [] }
            if isWanted, let format = format(field.extracting(type), field.extracting(subtype)) {
                named.insert(format)
            }
            guard scanner.index == field.count || field[scanner.index] == UInt8(ascii: ",")
            else { return [] }
        }
    }

    /// Skips `; name=value` and answers whether the weight among them is above zero.
    private mutating func parameters(_ field: Span<UInt8>) -> Bool? {
        var isWanted = true
        while skipSpace(field), take(UInt8(ascii: ";"), field) {
            _ = skipSpace(field)
            guard let name = token(field), take(UInt8(ascii: "="), field) else { return nil }
            if name.count == 1, field[name.lowerBound] | 0x20 == UInt8(ascii: "q") {
                guard let value = token(field),
                    let weight = FixedDecimal.weight(field.extracting(value))
                else { return nil }
                isWanted = weight > 0
            } else if index < field.count, field[index] == UInt8(ascii: "\"") {
                guard skipQuoted(field) else { return nil }
            } else {
                guard token(field) != nil else { return nil }
            }
        }
        return isWanted
    }

    private mutating func skipQuoted(_ field: Span<UInt8>) -> Bool {
        index += 1
        while index < field.count {
            switch field[index] {
            case UInt8(ascii: "\""):
                index += 1
                return true
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        return false
    }

    /// Always true, so that it can stand in a condition.
    private mutating func skipSpace(_ field: Span<UInt8>) -> Bool {
        while index < field.count, field[index] == 0x20 || field[index] == 0x09 { index += 1 }
        return true
    }

    private mutating func take(_ byte: UInt8, _ field: Span<UInt8>) -> Bool {
        guard index < field.count, field[index] == byte else { return false }
        index += 1
        return true
    }

    /// RFC 9110 §5.6.2.
    private mutating func token(_ field: Span<UInt8>) -> Range<Int>? {
        let start = index
        while index < field.count, Self.isTokenByte(field[index]) { index += 1 }
        return index > start ? start..<index : nil
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^")...UInt8(ascii: "`"),
            UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func format(_ type: Span<UInt8>, _ subtype: Span<UInt8>) -> OutputFormat? {
        guard isWord("image", type) else { return nil }
        if isWord("avif", subtype) { return .avif }
        return isWord("webp", subtype) ? .webp : nil
    }

    /// Letters in either case: media types have none (RFC 9110 §8.3.1).
    private static func isWord(_ word: StaticString, _ bytes: Span<UInt8>) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        for index in bytes.indices where bytes[index] | 0x20 != word.byte(at: index) {
            return false
        }
        return true
    }
}
