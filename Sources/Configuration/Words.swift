internal import Text

/// Words of the configuration and what they stand for, in the order in which they are listed.
struct Words<Value: Hashable & Sendable>: Sendable, ExpressibleByDictionaryLiteral,
    CustomStringConvertible
{
    let pairs: [(word: String, value: Value)]

    init(_ pairs: [(word: String, value: Value)]) { self.pairs = pairs }
    init(dictionaryLiteral elements: (String, Value)...) {
        self.init(elements.map { (word: $0.0, value: $0.1) })
    }

    /// Of a type that has words already.
    init(_ values: some Sequence<Value>, _ word: (Value) -> String) {
        self.init(values.map { (word: word($0), value: $0) })
    }

    /// `"a", "b"`.
    var description: String { pairs.map { "\"\($0.word)\"" }.joined(separator: ", ") }
    /// `a, b`.
    var list: String { pairs.map(\.word).joined(separator: ", ") }

    func word(for value: Value) -> String {
        guard let pair = pairs.first(where: { $0.value == value }) else {
            preconditionFailure("no word for \(value)")
        }
        return pair.word
    }

    func value(of given: JSON5Value) -> Value? {
        guard case .string(let text) = given else { return nil }
        return pairs.first { UTF8String($0.word) == UTF8String(text) }?.value
    }

    /// Of a list, each once; `nil` when it is no list of these words.
    func values(of given: JSON5Value) -> [Value]? {
        guard case .array(let elements) = given else { return nil }
        var values: [Value] = []
        for element in elements {
            guard let value = value(of: element), !values.contains(value) else { return nil }
            values.append(value)
        }
        return values
    }
}
