internal import Coding
package import Rendition

/// An object as a listing shows it.
package struct ListedObject: Hashable, Sendable {
    package let hash: ContentHash
    package let byteCount: Int
    /// When it was written last, in seconds since 1970.
    package let modifiedSeconds: Int64
}

/// One page of a listing.
package struct ListedPage: Sendable {
    package var objects: [ListedObject] = []
    /// The last name of the page, whatever it names; `nil`: there are no more.
    package var last: String?
}

extension ObjectClient {
    /// What is in the bucket behind a name, in the order of names; what is not named by a hash is
    /// passed over.
    package func list(
        after name: String?, atMost count: Int = 1000
    ) async throws(ObjectError) -> ListedPage {
        var order = TransferOrder(method: .get)
        // In the order of the alphabet, as signatures want it.
        order.query = [("list-type", "2"), ("max-keys", "\(count)")]
        if !prefix.isEmpty { order.query.append(("prefix", prefix)) }
        if let name { order.query.append(("start-after", prefix + name)) }
        let (head, content) = try await ask(order)
        guard head.status == 200 else {
            throw .forbidden(status: head.status, code: ErrorDocument.code(content))
        }
        guard let page = ListedPage(content, prefix: prefix) else {
            throw .unavailable("a listing that can not be read")
        }
        return page
    }

    /// All of it, page by page, until `body` says no.
    package func forEach(
        after name: String? = nil, _ body: (ListedObject) throws(ObjectError) -> Bool
    ) async throws(ObjectError) {
        var name = name
        while true {
            let page = try await list(after: name)
            for object in page.objects where !(try body(object)) { return }
            guard let last = page.last else { return }
            name = last
        }
    }
}

extension ListedPage {
    /// Of `<ListBucketResult>…<Contents><Key>…`; `nil` when it is none.
    init?(_ document: [UInt8], prefix: String) {
        guard let isTruncated = Self.text(of: "IsTruncated", in: document[...]) else { return nil }
        var rest = document[...]
        var lastKey: String?
        while let found = Self.element("Contents", in: rest) {
            rest = found.rest
            guard let key = Self.text(of: "Key", in: found.content) else { return nil }
            lastKey = key
            guard let name = Self.name(key, behind: prefix), let hash = ContentHash(hex: name),
                let size = Self.text(of: "Size", in: found.content).flatMap({ Int($0) }),
                let time = Self.text(of: "LastModified", in: found.content),
                let microseconds = RFC3339.microseconds(time)
            else { continue }
            objects.append(
                ListedObject(
                    hash: hash, byteCount: size, modifiedSeconds: microseconds / 1_000_000))
        }
        guard isTruncated == "true" else { return }
        guard let lastKey, let name = Self.name(lastKey, behind: prefix) else { return nil }
        last = name
    }

    private static func name(_ key: String, behind prefix: String) -> String? {
        guard key.utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: key.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
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
