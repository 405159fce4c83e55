internal import ImageIndex
internal import Rendition
internal import Telemetry

/// The image document as clients see it (JSON).
enum ImageJSON {
    /// Widths of the ready-made `srcset`, in pixels.
    private static let linkWidths = [160, 320, 640, 960, 1280, 1920]

    static func append(
        _ image: ImageDocument, renditions: [ListedRendition]?, to json: inout JSONWriter
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
        append("name", image.name, to: &json)
        append("owner", image.owner, to: &json)
        json.key("tags")
        json.beginArray()
        for tag in image.tags { json.string(tag) }
        json.endArray()
        json.key("attributes")
        json.beginObject()
        for (key, value) in image.attributes.sorted(by: { $0.key < $1.key }) {
            json.field(key, value)
        }
        json.endObject()
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
        appendLinks(of: image, to: &json)
        json.endObject()
    }

    private static func appendLikeness(of image: ImageDocument, to json: inout JSONWriter) {
        append("thumbhash", image.thumbhash.map(Base64.text), to: &json)
        append("dominantColor", image.dominantColor.map { "#" + hex($0, 6) }, to: &json)
        append("phash", image.perceptualHash.map { hex($0, 16) }, to: &json)
    }

    private static func hex(_ number: some BinaryInteger, _ count: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: count - digits.count) + digits
    }

    private static func append(_ name: String, _ value: String?, to json: inout JSONWriter) {
        json.key(name)
        if let value { json.string(value) } else { json.null() }
    }

    private static func append(_ renditions: [ListedRendition], to json: inout JSONWriter) {
        json.key("renditions")
        json.beginArray()
        for rendition in renditions {
            json.beginObject()
            json.field("recipe", rendition.recipe)
            json.field("url", rendition.url)
            json.field("bytes", rendition.byteCount)
            json.field("width", rendition.width)
            json.field("height", rendition.height)
            json.field("type", rendition.type)
            json.key("createdAt")
            json.timestamp(microseconds: UInt64(clamping: rendition.createdAtMicroseconds))
            json.endObject()
        }
        json.endArray()
    }

    private static func appendLinks(of image: ImageDocument, to json: inout JSONWriter) {
        let hash = image.hash.hex
        json.key("links")
        json.beginObject()
        json.field("self", "/images/\(hash)")
        json.field("original", "/originals/\(hash)")
        json.field("optimized", "/optimized/\(hash)")
        json.key("thumbs")
        json.beginObject()
        let widths = linkWidths.filter { $0 < image.width }
        for width in widths { json.field("\(width)", "/thumbs/\(width)x/\(hash)") }
        json.field("\(image.width)", "/optimized/\(hash)")
        json.endObject()
        let set = widths.map { "/thumbs/\($0)x/\(hash) \($0)w" }
        json.field(
            "srcset", (set + ["/optimized/\(hash) \(image.width)w"]).joined(separator: ", "))
        json.endObject()
    }
}
