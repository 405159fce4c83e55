/// The parameters behind a field's value: `; name=token; name="quoted"` (RFC 9110 §5.6.6).
enum FieldParameters {
    struct Value {
        let text: [UInt8]
        /// A quote that opened it closed it, or there was none and no blank inside.
        let isClear: Bool
    }

    /// Calls `body` with the place of each name and its value, unquoted, from `start` to the end.
    /// What is no parameter is passed over: the code that needs one looks whether it is there and
    /// clear.
    ///
    /// In quotes a backslash stands for itself unless a quote or another one follows: browsers do
    /// not escape them in file names (HTML, multipart form data). A quote that is followed by more
    /// than the end of the parameter is part of the value: some clients do not escape those either.
    /// Where the value is no UTF-8, a backslash behind a byte of the upper half is the second byte
    /// of a letter (Shift-JIS, GBK, Big5).
    /// - Returns: `false` when something else than parameters follows `start`.
    static func forEach(
        of value: Span<UInt8>, from start: Int, _ body: (Range<Int>, Value) -> Void
    ) -> Bool {
        var index = value.indexAfterBlanks(from: start)
        guard index == value.count || value[index] == .semicolon else { return false }
        var isUTF8: Bool?
        while index < value.count {
            // At a semicolon.
            let nameStart = value.indexAfterBlanks(from: index + 1)
            let nameEnd = value.indexOfFirst(notIn: .token, from: nameStart)
            index = value.indexAfterBlanks(from: nameEnd)
            if nameEnd > nameStart, index < value.count, value[index] == .equals {
                index = value.indexAfterBlanks(from: index + 1)
                body(nameStart..<nameEnd, text(in: value, &index, isUTF8: &isUTF8))
            }
            while index < value.count, value[index] != .semicolon { index += 1 }
        }
        return true
    }

    private static func text(
        in value: Span<UInt8>, _ index: inout Int, isUTF8: inout Bool?
    ) -> Value {
        guard index < value.count, value[index] == .quote else {
            return plainText(in: value, &index)
        }
        var text: [UInt8] = []
        index += 1
        while index < value.count {
            if value[index] == .quote, endsParameter(value, at: index + 1) {
                index += 1
                return Value(text: text, isClear: true)
            }
            if value[index] == .backslash, index + 1 < value.count,
                value[index + 1] == .quote || value[index + 1] == .backslash
            {
                let isUpper = value[index - 1] >= 0x80
                if isUpper, isUTF8 == nil {
                    isUTF8 = String(validating: value.array, as: UTF8.self) != nil
                }
                if !isUpper || isUTF8 == true { index += 1 }
            }
            text.append(value[index])
            index += 1
        }
        return Value(text: text, isClear: false)
    }

    /// Up to the semicolon: boundaries come with marks that no token has, file names with blanks.
    private static func plainText(in value: Span<UInt8>, _ index: inout Int) -> Value {
        let start = index
        while index < value.count, value[index] != .semicolon { index += 1 }
        var end = index
        while end > start, value[end - 1].isBlank { end -= 1 }
        let text = value.extracting(start..<end).array
        return Value(text: text, isClear: !text.isEmpty && !text.contains(where: \.isBlank))
    }

    private static func endsParameter(_ value: Span<UInt8>, at index: Int) -> Bool {
        let next = value.indexAfterBlanks(from: index)
        return next == value.count || value[next] == .semicolon
    }
}
