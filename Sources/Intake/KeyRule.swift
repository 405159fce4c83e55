package import Text

/// Whose an object becomes and which tags it gets, by how its name begins: `users/<owner>/` takes
/// `users/ann/a.jpg` for Ann's.
package struct KeyRule: Equatable, Sendable {
    private enum Part: Equatable, Sendable {
        case text(UTF8String)
        /// What stands there up to the next slash.
        case owner, tag
    }

    private let parts: [Part]
    private let owner: UTF8String?
    private let tags: [UTF8String]

    /// `nil` for a pattern that names two owners, one beside `owner` among them, or has a place
    /// for one that is no whole part between slashes.
    package init?(prefix pattern: String, owner: UTF8String? = nil, tags: [UTF8String] = []) {
        var parts: [Part] = []
        var rest = pattern[...]
        while let mark = Self.nextMark(in: rest) {
            let before = rest[..<mark.range.lowerBound]
            guard before.isEmpty ? parts.isEmpty : before.utf8.last == UInt8(ascii: "/"),
                rest[mark.range.upperBound...].utf8.first == UInt8(ascii: "/")
            else { return nil }
            if !before.isEmpty { parts.append(.text(UTF8String(before))) }
            parts.append(mark.part)
            rest = rest[mark.range.upperBound...]
        }
        if !rest.isEmpty { parts.append(.text(UTF8String(rest))) }
        guard !parts.isEmpty, parts.count(where: { $0 == .owner }) + (owner == nil ? 0 : 1) <= 1
        else { return nil }
        (self.parts, self.owner, self.tags) = (parts, owner, tags)
    }

    private static func nextMark(
        in text: Substring
    ) -> (range: Range<Substring.Index>, part: Part)? {
        let marks: [(String, Part)] = [("<owner>", .owner), ("<tag>", .tag)]
        return marks.compactMap { mark, part in
            text.firstRange(of: mark).map { ($0, part) }
        }.min { $0.0.lowerBound < $1.0.lowerBound }
    }

    /// `nil` for a name that begins otherwise.
    func labels(for key: UTF8String) -> ObjectLabels? {
        var labels = ObjectLabels(owner: owner, tags: tags)
        var rest = key
        for part in parts {
            if case .text(let text) = part {
                guard let behind = rest.after(text) else { return nil }
                rest = behind
                continue
            }
            let bytes = rest.utf8.prefix { $0 != UInt8(ascii: "/") }
            guard !bytes.isEmpty else { return nil }
            let found = UTF8String(Substring(bytes))
            if part == .owner { labels.owner = found } else { labels.tags.append(found) }
            rest = UTF8String(Substring(rest.utf8.dropFirst(bytes.count)))
        }
        return labels
    }
}

package struct ObjectLabels: Equatable, Sendable {
    package var owner: UTF8String?
    package var tags: [UTF8String]

    package init(owner: UTF8String? = nil, tags: [UTF8String]) {
        (self.owner, self.tags) = (owner, tags)
    }
}
