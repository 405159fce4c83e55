internal import Coding

/// Writes one JSON text (RFC 8259) into a byte array, left to right, without intermediate values.
///
/// It sets the commas and escapes; that begins and ends match and that members have keys is the
/// caller's part. Bytes that are not UTF-8 become U+FFFD, so the output is always valid.
package struct JSONWriter: Sendable {
    private var bytes: [UInt8]
    private var needsComma = false

    package init(reserving byteCount: Int = 256) {
        bytes = []
        bytes.reserveCapacity(byteCount)
    }

    package consuming func finish() -> [UInt8] { bytes }

    /// Ends a line; the next begins a JSON text of its own.
    package mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    /// Hands over what is written so far and begins anew in the same memory.
    package mutating func flush(_ body: (Span<UInt8>) -> Void) {
        body(bytes.span)
        bytes.removeAll(keepingCapacity: true)
    }

    package var byteCount: Int { bytes.count }

    package mutating func beginObject() { open("{") }
    package mutating func endObject() { close("}") }
    package mutating func beginArray() { open("[") }
    package mutating func endArray() { close("]") }

    package mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func string(_ text: String) {
        separate()
        quote(text)
    }

    /// A string of bytes that should be UTF-8 but come from outside.
    package mutating func string(_ text: Span<UInt8>) {
        beginString()
        append(text)
        endString()
    }

    /// Begins a string whose pieces come by `append`, until `endString`.
    package mutating func beginString() {
        separate()
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func endString() { bytes.append(UInt8(ascii: "\"")) }

    package mutating func append(_ text: Span<UInt8>) {
        var index = 0
        while index < text.count {
            let length = UTF8Sequence.length(in: text, at: index)
            if length > 0 {
                for place in index..<index + length { escape(text[place]) }
                index += length
            } else {
                bytes.append(0xEF)
                bytes.append(0xBF)
                bytes.append(0xBD)
                index -= length
            }
        }
    }

    package mutating func number(_ value: UInt64) {
        separate()
        appendDecimal(value)
    }

    package mutating func number(_ value: Int64) {
        separate()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        appendDecimal(value.magnitude)
    }

    /// The shortest text that reads back as `value`; `null` for what JSON has no number for.
    package mutating func number(_ value: Double) {
        guard value.isFinite else { return null() }
        separate()
        bytes.append(contentsOf: value.description.utf8)
    }

    package mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// A JSON text that was made elsewhere, put in as it is.
    package mutating func verbatim(_ json: Span<UInt8>) {
        separate()
        for index in json.indices { bytes.append(json[index]) }
    }

    /// A string of 16 lower-case hex digits, as request ids are written.
    package mutating func hexadecimal(_ value: UInt64) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for shift in stride(from: 60, through: 0, by: -4) {
            bytes.append(Hex.digit(UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// A string in RFC 3339's form, UTC, to the millisecond.
    ///
    /// - Parameter microseconds: since 1970.
    package mutating func timestamp(microseconds: UInt64) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        Timestamp(microseconds: microseconds).append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 { escape(byte) }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0..<0x20, 0x7F: appendEscape(byte)
        // Controls of ISO 8859 (U+0080 to U+009F), which terminals obey too: only there follow
        // these on 0xC2.
        case 0x80..<0xA0 where bytes.last == 0xC2:
            bytes.removeLast()
            appendEscape(byte)
        default:
            bytes.append(byte)
        }
    }

    private mutating func appendEscape(_ byte: UInt8) {
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(Hex.digit(byte >> 4))
        bytes.append(Hex.digit(byte & 15))
    }

    private mutating func appendDecimal(_ value: UInt64) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}

extension JSONWriter {
    package mutating func field(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    package mutating func field(_ name: String, _ value: UInt64) {
        key(name)
        number(value)
    }

    package mutating func field(_ name: String, _ value: Int) {
        key(name)
        number(Int64(value))
    }

    package mutating func field(_ name: String, _ value: Double) {
        key(name)
        number(value)
    }

    package mutating func field(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }
}
