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
        let keys = try await list(
            startingWith: prefix, after: name.map { prefix + $0 }, atMost: count)
        guard let page = ListedPage(keys, prefix: prefix) else {
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
    /// `nil` when there is more, and behind what can not be told.
    init?(_ page: KeyPage, prefix: String) {
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
