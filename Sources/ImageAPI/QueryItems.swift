internal import Coding
internal import Text

/// The query of a target as names and values, percent-decoded.
struct QueryItems {
    let items: [(name: UTF8String, value: UTF8String)]

    /// `nil` when an escape is broken or the bytes are no UTF-8.
    init?(target: String) {
        guard let mark = target.firstPlace(of: "?") else {
            items = []
            return
        }
        var items: [(UTF8String, UTF8String)] = []
        for pair in target[target.index(after: mark)...].fields(separatedBy: "&") {
            let parts = pair.fields(separatedBy: "=", maxSplits: 1, keepsEmpty: true)
            guard let name = Self.decode(parts[0]),
                let value = Self.decode(parts.count > 1 ? parts[1] : "")
            else { return nil }
            items.append((name, value))
        }
        self.items = items
    }

    subscript(name: UTF8String) -> UTF8String? { items.first { $0.name == name }?.value }

    var repeatedName: UTF8String? {
        var names: Set<UTF8String> = []
        return items.first { !names.insert($0.name).inserted }?.name
    }

    /// A name that is not among `known`.
    func unknownName(besides known: Set<UTF8String>) -> UTF8String? {
        items.first { !known.contains($0.name) }?.name
    }

    private static func decode(_ text: Substring) -> UTF8String? {
        let bytes = Array(text.utf8)
        return PercentCoding.decode(bytes.span, plus: UInt8(ascii: " "))
            .flatMap { UTF8String(validating: $0) }
    }
}
