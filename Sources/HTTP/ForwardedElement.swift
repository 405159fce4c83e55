/// What one element of a `Forwarded` field says (RFC 7239 §4): `for=node;proto=https`, pairs whose
/// values are tokens or quoted, or what proxies write instead of those, an address as it is.
package struct ForwardedElement {
    /// Where it names whom the proxy got the request from: an address, a name that hides it, or
    /// `unknown`.
    package private(set) var node: Range<Int>?

    /// `nil` where any of it is something else: then it may be the work of two.
    package init?(_ element: Span<UInt8>) {
        var index = 0
        while true {
            let nameStart = element.indexAfterBlanks(from: index)
            let nameEnd = element.indexOfFirst(notIn: .token, from: nameStart)
            guard nameEnd > nameStart, nameEnd < element.count, element[nameEnd] == .equals,
                let value = Self.value(in: element, from: nameEnd + 1)
            else { return nil }
            if element.extracting(nameStart..<nameEnd).isEqualIgnoringCase(to: "for") {
                guard node == nil else { return nil }
                node = value.text
            }
            index = element.indexAfterBlanks(from: value.end)
            guard index < element.count else { return }
            guard element[index] == .semicolon else { return nil }
            index += 1
        }
    }

    private static func value(
        in element: Span<UInt8>, from start: Int
    ) -> (text: Range<Int>, end: Int)? {
        var end = start
        if start < element.count, element[start] == .quote {
            end += 1
            // Nothing that is asked for here needs an escape.
            while end < element.count, element[end] != .quote, element[end] != .backslash {
                end += 1
            }
            guard end < element.count, element[end] == .quote else { return nil }
            return (start + 1..<end, end + 1)
        }
        while end < element.count, element[end] != .semicolon, element[end] != .quote,
            !element[end].isBlank
        {
            end += 1
        }
        return end > start ? (start..<end, end) : nil
    }
}
