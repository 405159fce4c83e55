/// Fields that are comma-separated lists (RFC 9110 §5.6.1).
enum ListField {
    /// Calls `body` with each element that is not empty, without the blanks around it. A comma
    /// inside a quoted string does not separate.
    static func forEachElement(of value: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        var position = 0
        while let element = nextElement(of: value, from: &position) {
            body(value.extracting(element))
        }
    }

    /// The same where every comma separates: of lists that several write to, for one of them may
    /// open a quote that nobody closes.
    static func forEachPart(of value: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        var position = 0
        while position < value.count {
            let start = value.indexAfterBlanks(from: position)
            var stop = start
            while stop < value.count, value[stop] != .comma { stop += 1 }
            position = stop + 1
            var end = stop
            while end > start, value[end - 1].isBlank { end -= 1 }
            if end > start { body(value.extracting(start..<end)) }
        }
    }

    /// The place of the next element that is not empty, from `position` on, which moves behind it.
    static func nextElement(of value: Span<UInt8>, from position: inout Int) -> Range<Int>? {
        while position < value.count {
            let start = value.indexAfterBlanks(from: position)
            let stop = endOfElement(in: value, from: start)
            position = stop + 1
            var end = stop
            while end > start, value[end - 1].isBlank { end -= 1 }
            if end > start { return start..<end }
        }
        return nil
    }

    /// The next comma outside of quotes, or the end.
    private static func endOfElement(in value: Span<UInt8>, from start: Int) -> Int {
        var index = start
        var isQuoted = false
        while index < value.count {
            let byte = value[index]
            if isQuoted {
                if byte == .backslash { index += 1 } else if byte == .quote { isQuoted = false }
            } else if byte == .quote {
                isQuoted = true
            } else if byte == .comma {
                return index
            }
            index += 1
        }
        return value.count
    }
}
