internal import Coding

/// An object as a listing shows it, whatever its name.
package struct ListedKey: Equatable, Sendable {
    /// All of it, with any prefix.
    package let key: String
    /// With its quotes.
    package let etag: String
    package let byteCount: Int?
    let modifiedSeconds: Int64?
}

/// One page of a listing: `<ListBucketResult>…<Contents><Key>…`.
package struct KeyPage {
    package private(set) var entries: [ListedKey] = []
    package let hasMore: Bool

    /// `nil` when the document is none.
    init?(_ document: [UInt8]) {
        guard let isTruncated = Self.text(of: "IsTruncated", in: document[...]) else { return nil }
        hasMore = isTruncated == "true"
        let isEncoded = Self.text(of: "EncodingType", in: document[...]) == "url"
        var rest = document[...]
        while let found = Self.element("Contents", in: rest) {
            rest = found.rest
            guard let text = Self.text(of: "Key", in: found.content),
                let key = isEncoded ? Self.decoded(text) : text
            else { return nil }
            let time = Self.text(of: "LastModified", in: found.content)
            entries.append(
                ListedKey(
                    key: key, etag: Self.text(of: "ETag", in: found.content) ?? "",
                    byteCount: Self.text(of: "Size", in: found.content).flatMap { Int($0) },
                    modifiedSeconds: time.flatMap { RFC3339.microseconds($0) }
                        .map { $0 / 1_000_000 }))
        }
    }

    /// A blank is a plus sign there in some stores, and `%20` in others; a plus sign is `%2B` in
    /// all.
    private static func decoded(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        return PercentCoding.decode(bytes.span, plus: UInt8(ascii: " "))
            .flatMap { String(validating: $0, as: UTF8.self) }
    }

    private typealias Bytes = ArraySlice<UInt8>

    private static func element(
        _ name: String, in document: Bytes
    ) -> (content: Bytes, rest: Bytes)? {
        guard let start = document.firstRange(of: Array("<\(name)>".utf8))?.upperBound,
            let end = document[start...].firstRange(of: Array("</\(name)>".utf8))
        else { return nil }
        return (document[start..<end.lowerBound], document[end.upperBound...])
    }

    private static func text(of name: String, in document: Bytes) -> String? {
        guard let content = element(name, in: document)?.content else { return nil }
        var text = String(decoding: content, as: UTF8.self)
        for (escape, character) in [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"),
            ("&#39;", "'"), ("&amp;", "&"),
        ] where text.utf8.contains(UInt8(ascii: "&")) {
            text = text.replacing(escape, with: character)
        }
        return text
    }
}
