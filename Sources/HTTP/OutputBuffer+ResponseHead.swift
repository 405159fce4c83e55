/// Writing a response head (RFC 9112 §4): a status line, fields, an empty line.
///
/// A value that was not made here cannot end its line: control bytes become spaces
/// (RFC 9110 §5.5).
extension OutputBuffer {
    /// `HTTP/1.1 200 OK`: always this version, whatever the request said (RFC 9110 §2.5).
    package mutating func appendStatusLine(_ status: Status) {
        append("HTTP/1.1 ")
        append(decimal: UInt64(status.rawValue))
        append(UInt8.space)
        append(status.reason)
        append("\r\n")
    }

    package mutating func appendField(_ name: StaticString, _ value: StaticString) {
        append(name)
        append(": ")
        append(value)
        append("\r\n")
    }

    package mutating func appendField(_ name: StaticString, _ value: Span<UInt8>) {
        append(name)
        append(": ")
        appendFieldContent(value)
        append("\r\n")
    }

    package mutating func appendField(_ name: StaticString, decimal value: UInt64) {
        append(name)
        append(": ")
        append(decimal: value)
        append("\r\n")
    }

    package mutating func appendField(_ name: StaticString, _ value: HTTPDate) {
        append(name)
        append(": ")
        append(value)
        append("\r\n")
    }

    /// `Content-Length`.
    package mutating func appendContentLength(_ byteCount: Int) {
        append("Content-Length: ")
        append(decimal: byteCount)
        append("\r\n")
    }

    /// The empty line behind the fields.
    package mutating func appendEndOfHead() { append("\r\n") }

    /// Part of a field value; each byte that none may hold becomes a space.
    package mutating func appendFieldContent(_ value: Span<UInt8>) {
        var start = 0
        while start < value.count {
            let stop = value.indexOfControl(from: start, below: .space)
            append(value.extracting(start..<stop))
            if stop < value.count { append(UInt8.space) }
            start = stop + 1
        }
    }

    /// A 100 (RFC 9110 §10.1.1), whole.
    package mutating func appendContinue() {
        appendStatusLine(.continue)
        appendEndOfHead()
    }
}
