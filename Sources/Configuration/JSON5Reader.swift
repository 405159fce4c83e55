internal import Coding
internal import Text

/// Reads one JSON5 document (spec.json5.org) and says where it is wrong. Narrower than the standard
/// where configuration gains by it: a key may not occur twice, an unquoted key is ASCII, and
/// `Infinity` and `NaN` are no values.
struct JSON5Reader {
    struct Failure: Error, Equatable {
        /// Both from 1; the column counts bytes.
        let line: Int
        let column: Int
        let reason: String
    }

    private static let maximumDepth = 32

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    static func parse(_ bytes: [UInt8]) throws(Failure) -> JSON5Value {
        var reader = JSON5Reader(bytes: bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
        let value = try reader.value()
        try reader.skipSpace()
        guard reader.peek == nil else { throw reader.failure("text after the end of the document") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: wanted) else { return false }
        position += 1
        return true
    }

    private func failure(_ reason: String, at place: Int? = nil) -> Failure {
        let before = bytes[..<min(place ?? position, bytes.count)]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return Failure(line: line, column: before.count - lineStart + 1, reason: reason)
    }

    /// What stands in a document where it should not: a long word may be a secret without quotes.
    private func shown(_ text: String) -> String { text.count > 16 ? "this" : text }

    private mutating func skipSpace() throws(Failure) {
        while let byte = peek {
            switch byte {
            case 0x20, 0x09...0x0D: position += 1
            case UInt8(ascii: "/"): try skipComment()
            case 0xC2, 0xE2:  // No-break space, line and paragraph separator.
                guard let width = wideSpace() else { return }
                position += width
            default: return
            }
        }
    }

    private func wideSpace() -> Int? {
        let rest = bytes[position...]
        let spaces: [[UInt8]] = [[0xC2, 0xA0], [0xE2, 0x80, 0xA8], [0xE2, 0x80, 0xA9]]
        return spaces.first { rest.starts(with: $0) }?.count
    }

    private mutating func skipComment() throws(Failure) {
        let start = position
        position += 1
        if take("/") {
            while let byte = peek, byte != 0x0A, byte != 0x0D { position += 1 }
            return
        }
        guard take("*") else { throw failure("a slash that opens no comment", at: start) }
        while peek != nil {
            if take("*") {
                if take("/") { return }
            } else {
                position += 1
            }
        }
        throw failure("this comment has no end", at: start)
    }

    private mutating func value() throws(Failure) -> JSON5Value {
        try skipSpace()
        guard let byte = peek else { throw failure("a value is missing") }
        switch byte {
        case UInt8(ascii: "{"): return try nested { reader throws(Failure) in try reader.object() }
        case UInt8(ascii: "["): return try nested { reader throws(Failure) in try reader.array() }
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try string())
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try number()
        default: break
        }
        let start = position
        switch word() {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        case "": throw failure("a value is missing")
        case let other: throw failure("\(shown(other)) is no value; text needs quotes", at: start)
        }
    }

    private mutating func nested(
        _ body: (inout JSON5Reader) throws(Failure) -> JSON5Value
    ) throws(Failure) -> JSON5Value {
        guard depth < Self.maximumDepth else { throw failure("nested too deeply") }
        depth += 1
        defer { depth -= 1 }
        position += 1
        return try body(&self)
    }

    private mutating func array() throws(Failure) -> JSON5Value {
        var elements: [JSON5Value] = []
        while true {
            try skipSpace()
            if take("]") { return .array(elements) }
            elements.append(try value())
            try skipSpace()
            if take(",") { continue }
            guard take("]") else { throw failure("a comma or ] is missing") }
            return .array(elements)
        }
    }

    private mutating func object() throws(Failure) -> JSON5Value {
        var members: [JSON5Value.Member] = []
        while true {
            try skipSpace()
            if take("}") { return .object(members) }
            let start = position
            let key = UTF8String(try self.key())
            guard !members.contains(where: { $0.key == key }) else {
                throw failure("\(key) is there twice", at: start)
            }
            try skipSpace()
            guard take(":") else { throw failure("a colon is missing after \(key)") }
            members.append(JSON5Value.Member(key: key, value: try value()))
            try skipSpace()
            if take(",") { continue }
            guard take("}") else { throw failure("a comma or } is missing") }
            return .object(members)
        }
    }

    private mutating func key() throws(Failure) -> String {
        if peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'") { return try string() }
        let start = position
        let name = word()
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= first) else {
            throw failure(peek == nil ? "a } is missing" : "a key is missing", at: start)
        }
        return name
    }

    /// Letters, digits, `_` and `$` from here on.
    private mutating func word() -> String {
        let start = position
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"):
                position += 1
                continue
            default: break
            }
            break
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func number() throws(Failure) -> JSON5Value {
        let start = position
        while let byte = peek, byte < 0x80, isNumberByte(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let number = Self.number(text) else {
            throw failure("\(shown(text)) is no number", at: start)
        }
        return number
    }

    private func isNumberByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func number(_ text: String) -> JSON5Value? {
        var digits = text[...]
        let sign = digits.utf8.first
        let isNegative = sign == UInt8(ascii: "-")
        if isNegative || sign == UInt8(ascii: "+") { digits = digits.dropFirst() }
        if UTF8String(digits).lowercased.starts(with: "0x") {
            let hex = digits.dropFirst(2)
            guard hex.first?.isHexDigit == true, let number = Int(hex, radix: 16) else {
                return nil
            }
            return .integer(isNegative ? -number : number)
        }
        // `Int` and `Double` take a second sign, and `Double` also words and hexadecimal.
        guard let first = digits.utf8.first, first < 0x3A, first != 0x2B, first != 0x2D else {
            return nil
        }
        let leads = digits.utf8.dropFirst().first.map { (0x30...0x39).contains($0) } ?? false
        if first == 0x30, leads { return nil }
        if let number = Int(digits) { return .integer(isNegative ? -number : number) }
        let mantissa = Substring(
            digits.utf8.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") })
        guard mantissa.contains(where: \.isNumber) else { return nil }
        var spelled = String(mantissa)
        if spelled.utf8.first == UInt8(ascii: ".") { spelled = "0\(spelled)" }
        if spelled.utf8.last == UInt8(ascii: ".") { spelled += "0" }
        spelled += digits.dropFirst(mantissa.count)
        guard let number = Double(spelled), number.isFinite else { return nil }
        return .real(isNegative ? -number : number)
    }
}

// MARK: Strings

extension JSON5Reader {
    private mutating func string() throws(Failure) -> String {
        let start = position
        let quote = bytes[position]
        position += 1
        var content: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case quote:
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw failure("this text is not UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"): try escape(into: &content)
            case 0x0A, 0x0D: throw failure("this text has no closing quote", at: start)
            default: content.append(byte)
            }
        }
        throw failure("this text has no closing quote", at: start)
    }

    private mutating func escape(into content: inout [UInt8]) throws(Failure) {
        let start = position - 1
        guard let byte = peek else { throw failure("an escape without an end", at: start) }
        position += 1
        switch byte {
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "v"): content.append(0x0B)
        case UInt8(ascii: "0"): content.append(0)
        case UInt8(ascii: "x"): content += try scalar(hexDigits(2), at: start).utf8
        case UInt8(ascii: "u"): content += try unicodeEscape(at: start).utf8
        case 0x0A: break  // A line continued.
        case 0x0D: _ = take("\n")
        case UInt8(ascii: "1")...UInt8(ascii: "9"):
            throw failure("an unknown escape", at: start)
        default: content.append(byte)
        }
    }

    private mutating func unicodeEscape(at start: Int) throws(Failure) -> Character {
        let unit = try hexDigits(4)
        guard (0xD800..<0xDC00).contains(unit) else { return try scalar(unit, at: start) }
        guard take("\\"), take("u") else { throw failure("half a surrogate pair", at: start) }
        let low = try hexDigits(4)
        guard (0xDC00..<0xE000).contains(low) else {
            throw failure("half a surrogate pair", at: start)
        }
        return try scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00), at: start)
    }

    private func scalar(_ value: UInt32, at start: Int) throws(Failure) -> Character {
        guard let scalar = Unicode.Scalar(value) else {
            throw failure("half a surrogate pair", at: start)
        }
        return Character(scalar)
    }

    private mutating func hexDigits(_ count: Int) throws(Failure) -> UInt32 {
        let digits = bytes[position...].prefix(count).compactMap(\.hexValue)
        guard digits.count == count else { throw failure("\(count) hex digits are missing") }
        position += count
        return digits.reduce(0) { $0 << 4 | UInt32($1) }
    }
}
