/// The parameters behind a field's value: `; name=token; name="quoted"` (RFC 9110 §5.6.6).
enum FieldParameters {
    /// Calls `body` with the place of each name and its value, unquoted, from `start` to the end.
    ///
    /// In quotes a backslash stands for itself unless a quote or another one follows: browsers do
    /// not escape them in file names (HTML, multipart form data).
    /// - Returns: `false` when the grammar was broken, or `body` said so.
    static func forEach(
        of value: Span<UInt8>, from start: Int, _ body: (Range<Int>, [UInt8]) -> Bool
    ) -> Bool {
        var index = value.indexAfterBlanks(from: start)
        while index < value.count {
            guard value[index] == .semicolon else { return false }
            let nameStart = value.indexAfterBlanks(from: index + 1)
            let nameEnd = value.indexOfFirst(notIn: .token, from: nameStart)
            guard nameEnd > nameStart, nameEnd < value.count, value[nameEnd] == .equals
            else { return false }
            index = nameEnd + 1
            guard let text = text(in: value, &index), body(nameStart..<nameEnd, text)
            else { return false }
            index = value.indexAfterBlanks(from: index)
        }
        return true
    }

    private static func text(in value: Span<UInt8>, _ index: inout Int) -> [UInt8]? {
        var text: [UInt8] = []
        guard index < value.count else { return nil }
        guard value[index] == .quote else {
            // Any byte that can not end it: boundaries come with marks that no token has.
            while index < value.count, value[index] != .semicolon, !value[index].isBlank {
                guard value[index] != .quote else { return nil }
                text.append(value[index])
                index += 1
            }
            return text.isEmpty ? nil : text
        }
        index += 1
        while index < value.count, value[index] != .quote {
            if value[index] == .backslash, index + 1 < value.count,
                value[index + 1] == .quote || value[index + 1] == .backslash
            {
                index += 1
            }
            text.append(value[index])
            index += 1
        }
        guard index < value.count else { return nil }
        index += 1
        return text
    }
}
