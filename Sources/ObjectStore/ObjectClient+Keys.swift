internal import Coding
package import Digest
package import LinuxIO
package import Rendition

/// What lies under a name in somebody's bucket, as it was when it began to come.
package struct FetchedObject: Sendable {
    package let file: SharedDescriptor
    package let byteCount: Int
    package let hash: ContentHash
    /// With its quotes; empty where the store names none.
    package let etag: String
    /// As the store writes it; empty where it says nothing. It is another one when the same bytes
    /// were put again, where the entity tag is the same.
    package let lastModified: String
}

// Objects by their names, which others give: what has one may be another object a moment later.
extension ObjectClient {
    /// Writes what is there now into a file; `nil`: it still has the entity tag that is known.
    ///
    /// - Parameter etag: as it came with the object; empty: none is known.
    package func fetch(
        named key: String, unless etag: String = "", byteLimit: Int, open: @escaping Opening
    ) async throws(ObjectError) -> FetchedObject? {
        let fetch = ObjectFetch(open: open, byteLimit: byteLimit) { _ in }
        var order = TransferOrder(method: .get, key: key)
        if !etag.isEmpty { order.fields.append(("if-none-match", etag)) }
        let head = try await run(fetch, order, isFixed: false)
        if head.status == 304 { return nil }
        guard let file = fetch.file else { throw .wrongBytes }
        return FetchedObject(
            file: file, byteCount: fetch.byteCount, hash: ContentHash(fetch.digest()),
            etag: head["etag"] ?? "", lastModified: head["last-modified"] ?? "")
    }

    /// Whether nothing has this name, in a bucket that is there: an answer 404 alone may mean that
    /// the bucket is gone.
    package func isAbsent(_ key: String) async throws(ObjectError) -> Bool {
        var order = TransferOrder(method: .get, key: key)
        order.fields = [("range", "bytes=0-0")]
        let (head, content) = try await ask(order)
        switch head.status {
        case 200, 206, 416: return false
        case 404 where ErrorDocument.code(content).utf8.elementsEqual("NoSuchKey".utf8): return true
        default:
            throw .forbidden(status: head.status, code: ErrorDocument.code(content))
        }
    }

    /// The value of a field of what has this name; `nil` where there is no such object or field.
    package func field(
        _ name: String, of key: String
    ) async throws(ObjectError) -> String? {
        let head = try await ask(TransferOrder(method: .head, key: key)).head
        switch head.status {
        case 200: return head[name]
        case 404: return nil
        default: throw Self.error(head, [])
        }
    }

    /// In the place of what is there.
    ///
    /// - Parameter fields: names in lower case.
    package func put(
        named key: String, from file: SharedDescriptor, byteCount: Int, digest: SHA256Digest,
        fields: [(name: String, value: String)]
    ) async throws(ObjectError) {
        var order = TransferOrder(method: .put, key: key)
        order.fields = fields
        order.contentDigest = ContentHash(digest).hex
        (order.content, order.byteCount) = (file, byteCount)
        let (head, content) = try await ask(order)
        guard (200...299).contains(head.status) else { throw Self.error(head, content) }
    }

    package func delete(named key: String) async throws(ObjectError) {
        let (head, content) = try await ask(TransferOrder(method: .delete, key: key))
        guard (200...299).contains(head.status) || head.status == 404 else {
            throw Self.error(head, content)
        }
    }

    /// A page of what begins like this, in the order of names, behind one of them, and whether
    /// there is more.
    package func list(
        startingWith start: String, after key: String?, atMost count: Int = 1000
    ) async throws(ObjectError) -> KeyPage {
        var order = TransferOrder(method: .get)
        // In the order of the alphabet, as signatures want it. Not every name can be said in XML.
        order.query = [("encoding-type", "url"), ("list-type", "2"), ("max-keys", "\(count)")]
        if !start.isEmpty { order.query.append(("prefix", start)) }
        if let key { order.query.append(("start-after", key)) }
        let (head, content) = try await ask(order)
        guard head.status == 200 else {
            throw .forbidden(status: head.status, code: ErrorDocument.code(content))
        }
        guard let page = KeyPage(content) else {
            throw .unavailable("a listing that can not be read")
        }
        return page
    }
}
