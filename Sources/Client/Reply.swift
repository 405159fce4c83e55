package import JSON
package import Text

/// An edge's answer, whole in memory.
package struct Reply: Sendable {
    package let status: Int
    /// Names in lower case.
    let fields: [(name: UTF8String, value: String)]
    package internal(set) var content: [UInt8] = []

    package subscript(name: UTF8String) -> String? { fields.first { $0.name == name }?.value }

    /// A field that is nothing but digits.
    func number(_ name: UTF8String) -> Int? {
        self[name].flatMap { $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? Int($0) : nil }
    }

    /// What follows the status line, up to the empty line.
    init?(head: String) {
        var lines = head.fields(separatedBy: "\n").map { $0.withoutOuterBlanks }[...]
        guard let first = lines.popFirst(), UTF8String(first).starts(with: "HTTP/1."),
            let status = Int(first.dropFirst(9).prefix(3))
        else { return nil }
        self.status = status
        fields = lines.compactMap { line in
            guard let colon = line.firstPlace(of: ":") else { return nil }
            let value = Substring(line[colon...].utf8.dropFirst()).withoutOuterBlanks
            return (UTF8String(line[..<colon]).lowercased, String(value))
        }
    }

    /// The content as a JSON value; `nil` when it is none.
    package var json: JSONValue? { try? JSONValue(content) }

    /// What went wrong, in the edge's words where it has some (RFC 9457).
    package var complaint: String {
        json?["detail"]?.string.map { "\(status): \($0)" } ?? "answered \(status)"
    }
}
