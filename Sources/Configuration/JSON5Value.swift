internal import Text

/// A value of a JSON5 document (spec.json5.org). Objects keep their order; no key occurs twice,
/// byte by byte.
enum JSON5Value: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case real(Double)
    case string(String)
    case array([JSON5Value])
    case object([Member])

    struct Member: Equatable, Sendable {
        let key: UTF8String
        let value: JSON5Value
    }

    subscript(key: UTF8String) -> JSON5Value? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// Refuses what is no object, and one with other keys than these; `place` names it in errors.
    func requireKeys(
        _ keys: [UTF8String], at place: String, expected: String
    ) throws(Misfit) {
        guard case .object(let members) = self else {
            throw Misfit(place, self, expected: expected)
        }
        for member in members where !keys.contains(member.key) {
            let nearest = Spelling.nearest(to: member.key.string, among: keys.map(\.string))
            throw Misfit(unknown: "\(place).\(member.key)", nearest: "\(place).\(nearest)")
        }
    }

    /// For an error message: at most 60 characters.
    var excerpt: String {
        let text =
            switch self {
            case .null: "null"
            case .bool(let flag): "\(flag)"
            case .integer(let number): "\(number)"
            case .real(let number): "\(number)"
            case .string(let text): text.debugDescription  // Control characters escaped.
            case .array(let elements): "[\(elements.map(\.excerpt).joined(separator: ", "))]"
            case .object: "an object"
            }
        return text.count > 60 ? "\(text.prefix(59))…" : text
    }
}
