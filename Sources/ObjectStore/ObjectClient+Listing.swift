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
    /// `nil` when the document is no listing.
    init?(_ document: [UInt8], prefix: String) {
        guard let page = KeyPage(document) else { return nil }
        for entry in page.entries {
            guard let name = Self.name(entry.key, behind: prefix),
                let hash = ContentHash(hex: name), let byteCount = entry.byteCount,
                let modified = entry.modifiedSeconds
            else { continue }
            objects.append(
                ListedObject(hash: hash, byteCount: byteCount, modifiedSeconds: modified))
        }
        guard page.hasMore else { return }
        guard let lastKey = page.entries.last?.key, let name = Self.name(lastKey, behind: prefix)
        else { return nil }
        last = name
    }

    private static func name(_ key: String, behind prefix: String) -> String? {
        guard key.utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: key.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }
}
