internal import Coding
internal import ImageIndex
internal import JSON
internal import Rendition
internal import Text

/// The image document as clients see it (JSON).
enum ImageJSON {
    static func append(
        _ image: ImageDocument, owners: [UTF8String?] = [], renditions: ListedRenditions?,
        links: LinkMaker,
        to json: inout JSONWriter
    ) {
        let hash = image.hash.hex
        json.beginObject()
        json.field("hash", hash)
        json.field("bytes", image.byteCount)
        json.field("type", image.type.description)
        json.field("width", image.width)
        json.field("height", image.height)
        json.field("frames", image.frames)
        json.field("orientation", image.orientation)
        json.field("hasAlpha", image.hasAlpha)
        json.field("colorSpace", image.colorSpace)
        append("name", image.name?.string, to: &json)
        append("owner", image.owner?.string, to: &json)
        if owners.count > 1 { append(owners, to: &json) }
        json.key("tags")
        json.beginArray()
        for tag in image.tags { json.string(tag.string) }
        json.endArray()
        json.key("attributes")
        json.beginObject()
        for (key, value) in image.attributes.sorted(by: { $0.key < $1.key }) {
            json.field(key.string, value.string)
        }
        json.endObject()
        append(image.focus, to: &json)
        json.key("uploadedAt")
        json.timestamp(microseconds: UInt64(clamping: image.uploadedAt))
        json.key("capturedAt")
        if let captured = image.capturedAt, captured >= 0 {
            json.timestamp(microseconds: UInt64(captured) * 1_000_000)
        } else {
            json.null()
        }
        json.field("status", image.status.word)
        append("error", image.error, to: &json)
        appendLikeness(of: image, to: &json)
        if let renditions { append(renditions, to: &json) }
        appendLinks(of: image, links, isWhole: renditions != nil, to: &json)
        json.endObject()
    }

    private static func appendLikeness(of image: ImageDocument, to json: inout JSONWriter) {
        append("thumbhash", image.thumbhash.map { Base64.text($0) }, to: &json)
        append(
            "dominantColor", image.dominantColor.map { "#" + Hex.text(UInt64($0), digits: 6) },
            to: &json)
        append("phash", image.perceptualHash.map { Hex.text($0, digits: 16) }, to: &json)
    }

    private static func append(_ name: String, _ value: String?, to json: inout JSONWriter) {
        json.key(name)
        if let value { json.string(value) } else { json.null() }
    }

    private static func append(_ focus: FocalPoint?, to json: inout JSONWriter) {
        json.key("focus")
        guard let focus else { return json.null() }
        json.beginObject()
        for (name, thousandths) in [("x", focus.x), ("y", focus.y)] {
            json.key(name)
            json.number(Double(thousandths) / Double(Gravity.scale))
        }
        json.endObject()
    }

    /// Of several owners who have the same bytes.
    private static func append(_ owners: [UTF8String?], to json: inout JSONWriter) {
        json.key("owners")
        json.beginArray()
        for owner in owners {
            if let owner { json.string(owner.string) } else { json.null() }
        }
        json.endArray()
    }

    private static func append(_ renditions: ListedRenditions, to json: inout JSONWriter) {
        json.key("renditions")
        json.beginArray()
        for rendition in renditions.list {
            json.beginObject()
            json.field("recipe", rendition.recipe)
            append("url", rendition.url, to: &json)
            json.field("bytes", rendition.byteCount)
            json.field("width", rendition.width)
            json.field("height", rendition.height)
            json.field("type", rendition.type)
            json.key("createdAt")
            json.timestamp(microseconds: UInt64(clamping: rendition.createdAtMicroseconds))
            json.endObject()
        }
        json.endArray()
        json.field("renditionsAreCut", renditions.isCut)
    }

    private static func appendLinks(
        of image: ImageDocument, _ maker: LinkMaker, isWhole: Bool, to json: inout JSONWriter
    ) {
        let links = maker.links(of: image.hash, width: image.width, focus: image.focus)
        json.key("links")
        json.beginObject()
        json.field("self", maker.link("/images/\(image.hash.hex)"))
        append("original", links.original, to: &json)
        append("optimized", links.optimized, to: &json)
        json.key("thumbs")
        json.beginObject()
        for thumb in links.thumbs { json.field(thumb.name, thumb.url) }
        json.endObject()
        json.field("srcset", links.sourceSet)
        if isWhole { append("picture", maker.pictureElement(of: image), to: &json) }
        json.endObject()
    }
}
