/// Fields that are comma-separated lists (RFC 9110 §5.6.1).
enum ListField {
    /// Calls `body` with each element that is not empty, without the blanks around it. A comma
    /// inside a quoted string does not separate.
    ///
    /// - Parameter heedsQuotes: not where several write to the list, for one of them may open a
    ///   quote that nobody closes: there every comma separates.
    static func forEachElement(
        of value: Span<UInt8>, heedsQuotes: Bool = true, _ body: (Span<UInt8>) -> Void
    ) {
        var position = 0
        while let element = nextElement(of: value, from: &position, heedsQuotes: heedsQuotes) {
            body(value.extracting(element))
        }
    }

    /// The place of the next element that is not empty, from `position` on, which moves behind it.
    static func nextElement(
        of value: Span<UInt8>, from position: inout Int, heedsQuotes: Bool = true
    ) -> Range<Int>? {
        while position < value.count {
            let start = value.indexAfterBlanks(from: position)
            let stop = endOfElement(in: value, from: start, heedsQuotes)
            position = stop + 1
            var end = stop
            while end > start, value[end - 1].isBlank { end -= 1 }
            if end > start { return start..<end }
        }
        return nil
    }

    /// The next comma, outside of quotes where they are heeded, or the end.
    private static func endOfElement(
        in value: Span<UInt8>, from start: Int, _ heedsQuotes: Bool
    ) -> Int {
        var index = start
        var isQuoted = false
        while index < value.count {
            let byte = value[index]
            if isQuoted {
                if byte == .backslash { index += 1 } else if byte == .quote { isQuoted = false }
            } else if byte == .quote, heedsQuotes {
                isQuoted = true
            } else if byte == .comma {
                return index
            }
            index += 1
        }
        return value.count
    }
}
