package import Text

extension JSONValue {
    /// A member of an object; `nil` where there is none of the name, or no object.
    package subscript(name: UTF8String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var string: UTF8String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var integer: Int? {
        if case .number(let digits) = self { Int(digits) } else { nil }
    }

    package var elements: [JSONValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    /// For people: a text as it is, anything else as JSON writes it.
    package var shown: String {
        if case .string(let text) = self { return text.string }
        var json = JSONWriter()
        json.value(self)
        return String(decoding: json.finish(), as: UTF8.self)
    }
}

extension JSONWriter {
    /// The members of objects in the order of their names, byte by byte; numbers as they were read.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(let digits):
            let digits = Array(digits.utf8)
            verbatim(digits.span)
        case .string(let text): string(text.string)
        case .array(let values):
            beginArray()
            for value in values { self.value(value) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members.sorted(by: { $0.name < $1.name }) {
                key(member.name.string)
                self.value(member.value)
            }
            endObject()
        }
    }
}
