internal import Events
internal import JSON
internal import LinuxIO
internal import Rendition
internal import Text

// What is told of an image: enough to know which it is, and what it is worth asking for.
extension Event {
    /// - Parameters:
    ///   - isLast: of an entry that was deleted, whether the bytes went with it.
    ///   - known: as it was before it got other names.
    init(
        _ kind: EventKind, _ image: ImageDocument, isLast: Bool? = nil,
        before known: ImageDocument? = nil
    ) {
        self.init(kind, at: Clock.wallMicroseconds()) { json in
            json.field("hash", image.hash.hex)
            json.field("url", "/images/\(image.hash.hex)")
            json.field("bytes", image.byteCount)
            json.field("type", image.type.description)
            json.field("width", image.width)
            json.field("height", image.height)
            if let name = image.name { json.field("name", name.string) }
            if let owner = image.owner { json.field("owner", owner.string) }
            if let link = image.attributes["uploadLink"] { json.field("link", link.string) }
            json.field("status", image.status.word)
            if let error = image.error { json.field("error", error) }
            if let isLast { json.field("isLast", isLast) }
            json.field("otherNames", Array(image.names.dropFirst()))
            guard let known else { return }
            json.key("former")
            json.beginObject()
            json.field("names", known.names)
            if let owner = known.owner { json.field("owner", owner.string) }
            json.endObject()
        }
    }

    /// Of an upload that was not kept.
    init(refused hash: ContentHash, _ verdict: Verdict, from origin: UploadOrigin?) {
        self.init(.imageFailed, at: Clock.wallMicroseconds()) { json in
            json.field("hash", hash.hex)
            origin?.append(to: &json)
            json.field("status", ImageDocument.Status.failed.word)
            json.field("error", verdict.detail)
        }
    }
}

extension JSONWriter {
    /// Left out where there are none.
    fileprivate mutating func field(_ key: String, _ names: [UTF8String?]) {
        if names.isEmpty { return }
        self.key(key)
        beginArray()
        for name in names {
            if let name { string(name.string) } else { null() }
        }
        endArray()
    }
}
