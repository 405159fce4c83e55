/// How many bytes of body follow a request head (RFC 9112 §6).
package enum BodyFraming: Hashable, Sendable {
    case none
    case length(UInt64)
    case chunked
}

/// The four shapes of a request target (RFC 9112 §3.2).
package enum TargetForm: UInt8, Hashable, Sendable {
    case origin, absolute, authority, asterisk
}

/// What the `Expect` field asks for (RFC 9110 §10.1.1). An HTTP/1.0 client expects nothing.
package enum RequestExpectation: UInt8, Hashable, Sendable {
    case none, `continue`
    /// To be answered with 417.
    case unsupported
}

/// What became of the bytes read so far.
package enum ParseOutcome: Sendable {
    /// Nothing wrong so far; more bytes are needed.
    case incomplete
    case complete(RequestHead)
    case failed(HTTPError)
}

/// A request head that has been checked whole, as places in the bytes it was read from.
///
/// It holds no bytes and no references: copying it is a `memcpy`, and all offsets count from the
/// first byte that was given to the parser. Who keeps it keeps those bytes in place.
package struct RequestHead: Sendable {
    package internal(set) var method = Method.unknown
    package internal(set) var targetForm = TargetForm.origin
    /// 0 or 1.
    package internal(set) var minorVersion: UInt8 = 1
    /// Whether the client lets the connection be used again after this request.
    package internal(set) var keepAlive = false
    package internal(set) var expectation = RequestExpectation.none
    /// Path and query. Of an absolute-form the part after the authority: may be empty, which means
    /// `/`, or begin with `?`. Of authority-form and asterisk-form the whole.
    package internal(set) var target = Slice.none
    /// Host and port the request is for: of an absolute-form or of `CONNECT` that in the target,
    /// else that of the `Host` field (RFC 9112 §3.2.2). Empty for HTTP/1.0 without `Host`.
    package internal(set) var authority = Slice.none
    package internal(set) var framing = BodyFraming.none
    /// The whole head, its blank line and an empty line before it included.
    package internal(set) var byteCount = 0

    /// Where the field lines begin.
    var fieldsOffset = 0
    /// Bit `n` for a field with raw value `n` that came more than once.
    var repeatedFields: UInt32 = 0
    /// First value of each field; no value begins at offset 0.
    var values = InlineArray<32, Slice>(repeating: .none)

    init() {}

    package var expectsContinue: Bool { expectation == .continue }

    /// The first value of a field, without the blanks around it; `nil` if the field is absent.
    package subscript(field: KnownField) -> Slice? {
        let value = values[Int(field.rawValue)]
        return value.offset == 0 ? nil : value
    }

    /// Whether the field came more than once.
    package func repeated(_ field: KnownField) -> Bool {
        repeatedFields & (1 << UInt32(field.rawValue)) != 0
    }

    /// Calls `body` with each value of a field in the order they came. Fields that are lists may
    /// come in several lines (RFC 9110 §5.3); the lines are walked again only for one that did.
    ///
    /// - Parameter bytes: those the head was parsed from.
    package func forEachValue(
        of field: KnownField, in bytes: Span<UInt8>, _ body: (Span<UInt8>) -> Void
    ) {
        guard let first = self[field] else { return }
        guard repeated(field) else { return body(bytes.extracting(first.range)) }
        forEachField(in: bytes) { name, value in
            if KnownField(name, from: 0, to: name.count) == field { body(value) }
        }
    }

    /// Calls `body` with each element of a field whose value is a list (RFC 9110 §5.6.1), over all
    /// of its lines.
    ///
    /// - Parameters:
    ///   - bytes: those the head was parsed from.
    ///   - heedsQuotes: not of a list that each proxy on the way adds to.
    package func forEachElement(
        of field: KnownField, in bytes: Span<UInt8>, heedsQuotes: Bool = true,
        _ body: (Span<UInt8>) -> Void
    ) {
        forEachValue(of: field, in: bytes) {
            ListField.forEachElement(of: $0, heedsQuotes: heedsQuotes, body)
        }
    }

    /// Calls `body` with each value of a field that has no place of its own.
    ///
    /// - Parameter name: in small letters.
    package func forEachValue(
        ofField name: StaticString, in bytes: Span<UInt8>, _ body: (Span<UInt8>) -> Void
    ) {
        forEachField(in: bytes) { field, value in
            guard field.count == name.utf8CodeUnitCount, field.startsIgnoringCase(with: name)
            else { return }
            body(value)
        }
    }

    /// Calls `body` with name and value of every field line in the order they came: for fields
    /// that are asked for too seldom to have a place of their own.
    ///
    /// - Parameter bytes: those the head was parsed from.
    package func forEachField(
        in bytes: Span<UInt8>, _ body: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void
    ) {
        var position = fieldsOffset
        while bytes[position] != .carriageReturn {
            let nameEnd = bytes.indexOfFirst(notIn: .token, from: position)
            let value = Self.value(in: bytes, from: nameEnd + 1)
            body(bytes.extracting(position..<nameEnd), bytes.extracting(value.slice.range))
            position = value.lineEnd
        }
    }

    /// Of a field line that has been checked already.
    private static func value(
        in bytes: Span<UInt8>, from start: Int
    ) -> (slice: Slice, lineEnd: Int) {
        let valueStart = bytes.indexAfterBlanks(from: start)
        var stop = bytes.indexOfControl(from: valueStart, below: .space)
        while bytes[stop] == .tab {
            stop = bytes.indexOfControl(from: stop + 1, below: .space)
        }
        var valueEnd = stop
        while valueEnd > valueStart, bytes[valueEnd - 1].isBlank { valueEnd -= 1 }
        return (Slice(from: valueStart, to: valueEnd), stop + 2)
    }

    /// Parses a head that begins with the first of `bytes`; what follows it is not looked at.
    ///
    /// Bytes that cannot be part of a valid head fail as soon as they are seen. For a head that
    /// arrives in many pieces a `RequestHeadParser` saves reading the lines before again.
    package static func parse(
        _ bytes: Span<UInt8>, limits: HeadLimits = HeadLimits()
    ) -> ParseOutcome {
        var parser = RequestHeadParser(limits: limits)
        return parser.parse(bytes)
    }
}
