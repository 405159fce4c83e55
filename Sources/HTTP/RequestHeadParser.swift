/// Reads a request head line by line (RFC 9112 §2–§6), strictly: lines end in CRLF, names are
/// tokens with the colon directly behind, values hold no control bytes, nothing is folded.
///
/// It remembers where the line begins that is not complete yet, so that a head arriving byte by
/// byte costs no more than its longest line times its length. The result does not depend on how
/// the bytes were split: errors are found in the order of the bytes, and the limits hold as if
/// nothing stood behind them.
package struct RequestHeadParser: Sendable {
    private enum Phase { case emptyLine, requestLine, fields }

    private let limits: HeadLimits
    private var phase = Phase.emptyLine
    /// Where the line begins that is read next; everything before it is valid.
    private var position = 0
    private var fieldCount = 0
    private var head = RequestHead()
    private var facts = FieldFacts()

    package init(limits: HeadLimits = HeadLimits()) { self.limits = limits }

    /// - Parameter bytes: everything that arrived since the previous request, from its first byte:
    ///   what an earlier call was given, and perhaps more. After an outcome other than
    ///   `incomplete` the parser is spent.
    package mutating func parse(_ bytes: Span<UInt8>) -> ParseOutcome {
        let limited = bytes.count > limits.headByteCount
        do throws(HTTPError) {
            let finished =
                limited
                ? try advance(bytes.extracting(first: limits.headByteCount))
                : try advance(bytes)
            if finished { return .complete(head) }
        } catch {
            return .failed(error)
        }
        return bytes.count < limits.headByteCount ? .incomplete : .failed(.headTooLarge)
    }

    /// `true` at the end of the head, `false` if the bytes ran out.
    private mutating func advance(_ bytes: Span<UInt8>) throws(HTTPError) -> Bool {
        if phase == .emptyLine {
            guard try skipEmptyLine(bytes) else { return false }
            phase = .requestLine
        }
        if phase == .requestLine {
            guard try readRequestLine(bytes) else { return false }
            head.fieldsOffset = position
            phase = .fields
        }
        while true {
            guard position < bytes.count else { return false }
            if bytes[position] == .carriageReturn {
                guard try expectLineFeed(bytes, at: position + 1) else { return false }
                head.byteCount = position + 2
                try facts.conclude(&head)
                return true
            }
            guard try readFieldLine(bytes) else { return false }
        }
    }

    /// One empty line before the request line is ignored (RFC 9112 §2.2).
    private mutating func skipEmptyLine(_ bytes: Span<UInt8>) throws(HTTPError) -> Bool {
        guard !bytes.isEmpty else { return false }
        guard bytes[0] == .carriageReturn else { return true }
        guard bytes.count > 1 else { return false }
        guard bytes[1] == .lineFeed else { throw .malformedRequestLine }
        position = 2
        return true
    }

    private func expectLineFeed(_ bytes: Span<UInt8>, at index: Int) throws(HTTPError) -> Bool {
        guard index < bytes.count else { return false }
        guard bytes[index] == .lineFeed else { throw .malformedFieldLine }
        return true
    }

    private mutating func readRequestLine(_ bytes: Span<UInt8>) throws(HTTPError) -> Bool {
        let methodEnd = bytes.indexOfFirst(notIn: .token, from: position)
        guard methodEnd - position <= Method.longestTokenByteCount else { throw .methodTooLong }
        guard methodEnd < bytes.count else { return false }
        guard bytes[methodEnd] == .space, methodEnd > position
        else { throw .malformedRequestLine }

        let targetStart = methodEnd + 1
        let targetEnd = bytes.indexOfControl(
            from: targetStart, below: .space + 1, stopsAtHigh: true)
        guard targetEnd - targetStart <= limits.targetByteCount else { throw .targetTooLong }
        guard targetEnd < bytes.count else { return false }
        guard bytes[targetEnd] <= .delete else { throw .malformedTarget }
        guard bytes[targetEnd] == .space, targetEnd > targetStart
        else { throw .malformedRequestLine }

        guard let minorVersion = try readVersion(bytes, from: targetEnd + 1) else { return false }
        head.minorVersion = minorVersion
        head.method = Method(bytes, from: position, to: methodEnd)
        try RequestTarget.read(bytes, from: targetStart, to: targetEnd, into: &head)
        position = targetEnd + 1 + Self.versionLineByteCount
        return true
    }

    /// `HTTP/1.1` and CRLF.
    private static let versionLineByteCount = 10

    /// The minor version; `nil` if the line is not complete.
    private func readVersion(_ bytes: Span<UInt8>, from start: Int) throws(HTTPError) -> UInt8? {
        if bytes.equals("HTTP/1.1\r\n", from: start) { return 1 }
        let seen = min(bytes.count - start, Self.versionLineByteCount)
        for offset in 0..<seen {
            let byte = bytes[start + offset]
            let isRight =
                switch offset {
                case 0...4: Self.versionPrefix(offset) == byte
                case 5, 7: byte.isDigit
                case 6: byte == UInt8(ascii: ".")
                case 8: byte == .carriageReturn
                default: byte == .lineFeed
                }
            guard isRight else { throw .malformedRequestLine }
        }
        guard seen == Self.versionLineByteCount else { return nil }
        guard bytes.equals("HTTP/1.0\r\n", from: start) else { throw .unsupportedVersion }
        return 0
    }

    private static func versionPrefix(_ offset: Int) -> UInt8 {
        switch offset {
        case 0: UInt8(ascii: "H")
        case 3: UInt8(ascii: "P")
        case 4: UInt8(ascii: "/")
        default: UInt8(ascii: "T")
        }
    }

    private mutating func readFieldLine(_ bytes: Span<UInt8>) throws(HTTPError) -> Bool {
        let nameEnd = bytes.indexOfFirst(notIn: .token, from: position)
        guard nameEnd < bytes.count else { return false }
        guard bytes[nameEnd] == .colon, nameEnd > position else { throw .malformedFieldLine }

        let valueStart = bytes.indexAfterBlanks(from: nameEnd + 1)
        var stop = bytes.indexOfControl(from: valueStart, below: .space)
        while stop < bytes.count, bytes[stop] == .tab {
            stop = bytes.indexOfControl(from: stop + 1, below: .space)
        }
        guard stop < bytes.count else { return false }
        guard bytes[stop] == .carriageReturn else { throw .malformedFieldLine }
        guard try expectLineFeed(bytes, at: stop + 1) else { return false }

        fieldCount += 1
        guard fieldCount <= limits.fieldCount else { throw .tooManyFields }
        if let field = KnownField(bytes, from: position, to: nameEnd) {
            var valueEnd = stop
            while valueEnd > valueStart, bytes[valueEnd - 1].isBlank { valueEnd -= 1 }
            let value = Slice(from: valueStart, to: valueEnd)
            let isFirst = head.note(field, value)
            try facts.read(field, bytes.extracting(value.range), isFirst: isFirst)
        }
        position = stop + 2
        return true
    }
}

extension RequestHead {
    /// Keeps the first value of a field; `false` for later ones.
    fileprivate mutating func note(_ field: KnownField, _ value: Slice) -> Bool {
        let index = Int(field.rawValue)
        guard values[index].offset == 0 else {
            repeatedFields |= 1 << UInt32(field.rawValue)
            return false
        }
        values[index] = value
        return true
    }
}
