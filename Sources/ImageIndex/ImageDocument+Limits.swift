internal import Rendition
package import Text

extension ImageDocument {
    /// What clients can put into a document, in bytes and counts: a document stays below 64 KB.
    package enum Limits {
        package static let nameBytes = 1024
        /// Of all that it came under.
        static let givenNamesBytes = 8192
        package static let ownerBytes = 256
        package static let tags = 64
        package static let tagBytes = 128
        package static let attributes = 64
        package static let attributeNameBytes = 128
        package static let attributeValueBytes = 512
        package static let errorBytes = 512
        /// Of a word or a likeness that we make ourselves.
        static let derivedBytes = 64
    }

    /// Whether nothing that is made of its numbers can leave 64 bits, or of its bytes its room.
    var isPossible: Bool {
        1...ImageSummary.maximumByteCount ~= byteCount
            && PictureBounds.contain(width: width, height: height, frames: frames)
            && 1...8 ~= orientation && dominantColor ?? 0 <= 0xFF_FFFF
            && PictureBounds.uploadMicroseconds.contains(uploadedAt)
            && capturedAt.map(PictureBounds.captureSeconds.contains) != false
            && max(colorSpace.utf8.count, thumbhash?.count ?? 0) <= Limits.derivedBytes
            && failedPreset?.utf8.count ?? 0 <= Limits.nameBytes
    }

    func checkLimits() throws(ImageIndexError) {
        try Self.checkLimits(name: name, owner: owner, tags: tags)
        try Self.check("error", error.map(UTF8String.init), Limits.errorBytes)
        guard attributes.count <= Limits.attributes else {
            throw .tooLong(field: "attributes", limit: Limits.attributes)
        }
        for (name, value) in attributes {
            try Self.check("attributes", name, Limits.attributeNameBytes)
            try Self.check("attributes", value, Limits.attributeValueBytes)
        }
    }

    /// What comes with an upload, before it is taken.
    package static func checkLimits(
        name: UTF8String?, owner: UTF8String?, tags: [UTF8String]
    ) throws(ImageIndexError) {
        try check("name", name, Limits.nameBytes)
        try check("owner", owner, Limits.ownerBytes)
        guard tags.count <= Limits.tags else {
            throw .tooLong(field: "tags", limit: Limits.tags)
        }
        for tag in tags { try check("tags", tag, Limits.tagBytes) }
    }

    private static func check(
        _ field: String, _ text: UTF8String?, _ limit: Int
    ) throws(ImageIndexError) {
        guard (text?.utf8.count ?? 0) <= limit else { throw .tooLong(field: field, limit: limit) }
    }
}

extension ImageDocument {
    /// The tags of a list with commas, without the blanks around them; what is empty is none.
    package static func tags(in list: UTF8String) -> [UTF8String] {
        list.string.fields(separatedBy: ",").compactMap { tag(UTF8String($0)) }
    }

    /// A tag as it is kept: without the blanks around it; `nil` if nothing is left.
    package static func tag(_ text: UTF8String) -> UTF8String? {
        let kept = UTF8String(text.string.withoutOuterBlanks)
        return kept.isEmpty ? nil : kept
    }
}
