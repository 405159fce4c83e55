internal import Coding
package import Text

/// A JSON text that a client sent (RFC 8259), strictly read.
package enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// As it was written.
    case number(String)
    case string(UTF8String)
    case array([JSONValue])
    /// In the order it was written; no name comes twice, byte by byte.
    case object([Member])

    package struct Member: Equatable, Sendable {
        package let name: UTF8String
        package let value: JSONValue

        package init(name: UTF8String, value: JSONValue) { (self.name, self.value) = (name, value) }
    }

    /// Where it stops being JSON, in bytes from its start.
    package struct Malformed: Error, Equatable {
        package let offset: Int
    }

    /// What a text may nest at most.
    package static let maximumDepth = 16

    package init(_ text: [UInt8]) throws(Malformed) {
        var parser = JSONParser(text: text)
        self = try parser.document()
    }
}

/// One pass over the bytes; bounded by `JSONValue.maximumDepth`, and never traps on any of them.
private struct JSONParser {
    let text: [UInt8]
    private var position = 0

    init(text: [UInt8]) { self.text = text }

    mutating func document() throws(JSONValue.Malformed) -> JSONValue {
        let value = try value(depth: 0)
        skipBlanks()
        guard position == text.count else { throw malformed }
        return value
    }

    private var malformed: JSONValue.Malformed { .init(offset: position) }

    private var next: UInt8? { position < text.count ? text[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            position += 1
        }
    }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func take(word: StaticString) -> Bool {
        let bytes = word.description.utf8
        guard text[position...].starts(with: bytes) else { return false }
        position += bytes.count
        return true
    }

    private mutating func value(depth: Int) throws(JSONValue.Malformed) -> JSONValue {
        skipBlanks()
        guard depth <= JSONValue.maximumDepth, let byte = next else { throw malformed }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return .number(try number())
        default:
            if take(word: "true") { return .bool(true) }
            if take(word: "false") { return .bool(false) }
            if take(word: "null") { return .null }
            throw malformed
        }
    }

    private mutating func object(depth: Int) throws(JSONValue.Malformed) -> JSONValue {
        position += 1
        var members: [JSONValue.Member] = []
        var names: Set<UTF8String> = []
        skipBlanks()
        if take("}") { return .object([]) }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw malformed }
            let name = try string()
            guard names.insert(name).inserted else { throw malformed }
            skipBlanks()
            guard take(":") else { throw malformed }
            members.append(.init(name: name, value: try value(depth: depth + 1)))
            skipBlanks()
        } while take(",")
        guard take("}") else { throw malformed }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONValue.Malformed) -> JSONValue {
        position += 1
        var values: [JSONValue] = []
        skipBlanks()
        if take("]") { return .array([]) }
        repeat {
            values.append(try value(depth: depth + 1))
            skipBlanks()
        } while take(",")
        guard take("]") else { throw malformed }
        return .array(values)
    }

    private mutating func number() throws(JSONValue.Malformed) -> String {
        let start = position
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(JSONValue.Malformed) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
        guard position > start else { throw malformed }
    }

    private mutating func string() throws(JSONValue.Malformed) -> UTF8String {
        position += 1
        var bytes: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw malformed }
            position += 1
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            bytes += String(Character(try escaped())).utf8
        }
        let end = position
        guard take("\""), let string = UTF8String(validating: bytes)
        else { throw .init(offset: end) }
        return string
    }

    /// What follows a backslash.
    private mutating func escaped() throws(JSONValue.Malformed) -> Unicode.Scalar {
        guard let byte = next else { throw malformed }
        if byte == UInt8(ascii: "u") { return try escapedScalar() }
        let plain: [UInt8: Unicode.Scalar] = [
            UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
            UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{c}", UInt8(ascii: "n"): "\n",
            UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
        ]
        guard let scalar = plain[byte] else { throw malformed }
        position += 1
        return scalar
    }

    /// `u` and four digits, twice for what is beyond the basic plane.
    private mutating func escapedScalar() throws(JSONValue.Malformed) -> Unicode.Scalar {
        let first = try escapedUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\"), next == UInt8(ascii: "u") else { throw malformed }
        let second = try escapedUnit()
        guard (0xDC00..<0xE000).contains(second) else { throw malformed }
        let value = 0x10000 + UInt32(first - 0xD800) << 10 + UInt32(second - 0xDC00)
        guard let scalar = Unicode.Scalar(value) else { throw malformed }
        return scalar
    }

    private mutating func escapedUnit() throws(JSONValue.Malformed) -> UInt16 {
        position += 1
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = byte.hexValue
            else { throw malformed }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
