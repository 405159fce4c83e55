/// The query of a target as names and values, percent-decoded.
struct QueryItems {
    let items: [(name: String, value: String)]

    /// `nil` when an escape is broken or the bytes are no UTF-8.
    init?(target: String) {
        guard let mark = target.firstIndex(of: "?") else {
            items = []
            return
        }
        var items: [(String, String)] = []
        for pair in target[target.index(after: mark)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]),
                let value = Self.decode(parts.count > 1 ? parts[1] : "")
            else { return nil }
            items.append((name, value))
        }
        self.items = items
    }

    subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    var repeatedName: String? {
        var names: Set<String> = []
        return items.first { !names.insert($0.name).inserted }?.name
    }

    /// A name that is not among `known`.
    func unknownName(besides known: Set<String>) -> String? {
        items.first { !known.contains($0.name) }?.name
    }

    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var digits = text.utf8.makeIterator()
        while let byte = digits.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = digits.next(), let low = digits.next(),
                    let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
