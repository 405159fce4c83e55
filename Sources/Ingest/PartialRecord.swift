internal import Coding
package import Digest
internal import ImageIndex
internal import JSON
package import Rendition
package import Text

/// What is kept of an upload that comes in pieces beside its bytes: who it is for and what was said
/// of it when it was begun.
package struct PartialRecord: Equatable, Sendable {
    /// Of all of it.
    package var byteCount: Int
    /// Whose share of what is kept it counts in.
    package var client: String
    /// When it ends, in Unix seconds.
    package var expires: Int64
    package var name: UTF8String?
    package var owner: UTF8String?
    package var tags: [UTF8String] = []
    /// What all of it has to be.
    package var digest: SHA256Digest?
    /// `Upload-Metadata` as it came: who asks is given it back.
    package var metadata: String?
    /// The link that it was begun by, with its signature: it ends with the key of that.
    package var link: String?
    /// Opens it, where no token does.
    package var secret: String?
    /// All of it had come, and was this. Written before it is kept: where the bytes have gone, they
    /// were.
    package var hash: ContentHash?

    package init(byteCount: Int, client: String, expires: Int64) {
        (self.byteCount, self.client, self.expires) = (byteCount, client, expires)
    }

    var encoded: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("bytes", byteCount)
        json.field("client", client)
        json.field("expires", Int(expires))
        for (key, text) in [
            ("name", name?.string), ("owner", owner?.string), ("link", link), ("secret", secret),
            ("metadata", metadata), ("hash", hash?.hex),
            ("sha256", digest.map { ContentHash($0).hex }),
        ] {
            if let text { json.field(key, text) }
        }
        json.key("tags")
        json.beginArray()
        for tag in tags { json.string(tag.string) }
        json.endArray()
        json.endObject()
        return json.finish()
    }

    /// `nil`: it was cut off while it was written, or is none of ours.
    init?(encoded: [UInt8]) {
        guard case .object(let members)? = try? JSONValue(encoded) else { return nil }
        var values: [UTF8String: JSONValue] = [:]
        for member in members { values[member.name] = member.value }
        func text(_ key: UTF8String) -> UTF8String? {
            if case .string(let text)? = values[key] { text } else { nil }
        }
        func number(_ key: UTF8String) -> Int? {
            if case .number(let digits)? = values[key] { Int(digits) } else { nil }
        }
        func hash(_ key: UTF8String) -> ContentHash? {
            guard let hex = text(key)?.string else { return nil }
            return ContentHash(hex: hex)
        }
        guard let byteCount = number("bytes"), byteCount > 0, let expires = number("expires"),
            let client = text("client")?.string
        else { return nil }
        self.init(byteCount: byteCount, client: client, expires: Int64(expires))
        (name, owner) = (text("name"), text("owner"))
        (link, secret) = (text("link")?.string, text("secret")?.string)
        metadata = text("metadata")?.string
        (self.hash, digest) = (hash("hash"), hash("sha256").map { SHA256Digest(bytes: $0.bytes) })
        if case .array(let items)? = values["tags"] {
            tags = items.compactMap { if case .string(let tag) = $0 { tag } else { nil } }
        }
    }
}
