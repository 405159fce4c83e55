/// Finds functions in source that the formatter has indented: one ends at the first closing brace
/// that stands where its declaration began.
enum FunctionScanner {
    struct Function: Equatable {
        /// Counted from 1.
        let firstLine: Int
        let lineCount: Int
    }

    static func functions(in lines: [String]) -> [Function] {
        lines.indices.compactMap { first in
            guard declares(lines[first]) else { return nil }
            return end(of: first, in: lines).map {
                Function(firstLine: first + 1, lineCount: $0 - first + 1)
            }
        }
    }

    private static let modifiers: Set<Substring> = [
        "public", "package", "internal", "private", "fileprivate", "static", "final", "override",
        "mutating", "consuming", "borrowing", "nonisolated", "convenience", "required", "class",
    ]
    private static let keywords = ["func ", "init(", "init?(", "init<", "deinit ", "subscript("]

    private static func declares(_ line: String) -> Bool {
        var rest = line.trimmed
        while let space = rest.firstIndex(of: " "),
            rest.hasPrefix("@") || modifiers.contains(rest[..<space])
        {
            rest = rest[rest.index(after: space)...]
        }
        return keywords.contains { rest.hasPrefix($0) }
    }

    private static func end(of first: Int, in lines: [String]) -> Int? {
        let indent = lines[first].prefix { $0 == " " }.count
        if lines[first].hasSuffix("}") { return first }
        for index in (first + 1)..<max(lines.count, first + 1) {
            let line = lines[index]
            let text = line.trimmed
            let depth = line.count - text.count
            if text.isEmpty || depth > indent || text.hasPrefix("#") { continue }
            if depth < indent { return nil }
            if text.hasPrefix("}") { return index }
            guard [")", "{", "where ", "->", "throws"].contains(where: { text.hasPrefix($0) })
            else { return nil }
        }
        return nil
    }
}
