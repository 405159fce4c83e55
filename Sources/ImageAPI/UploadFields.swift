internal import ImageIndex
internal import Text

/// What a client says of the images it sends: in the query, or in the fields of a form.
struct UploadFields {
    /// For the problem document.
    struct Invalid: Error {
        let detail: String
    }

    static let names: Set<UTF8String> = ["name", "owner", "tags"]
    /// Of one value: the longest list of tags, with its commas.
    static let valueByteLimit =
        ImageDocument.Limits.tags * (ImageDocument.Limits.tagBytes + 1)

    private(set) var name: UTF8String?
    private(set) var owner: UTF8String?
    private(set) var tags: [UTF8String] = []

    /// - Parameter field: one of `names`. An empty value says nothing, as that of a box left empty.
    mutating func set(_ field: UTF8String, _ value: UTF8String) throws(Invalid) {
        guard !value.isEmpty else { return }
        switch field {
        case "name": try Self.set(&name, field, value, ImageDocument.Limits.nameBytes)
        case "owner": try Self.set(&owner, field, value, ImageDocument.Limits.ownerBytes)
        default:
            for tag in ImageDocument.tags(in: value) where !tags.contains(tag) {
                try Self.check("tag", tag, ImageDocument.Limits.tagBytes)
                tags.append(tag)
                guard tags.count <= ImageDocument.Limits.tags else {
                    throw Invalid(
                        detail: "An image has \(ImageDocument.Limits.tags) tags at most.")
                }
            }
        }
    }

    private static func set(
        _ place: inout UTF8String?, _ field: UTF8String, _ value: UTF8String, _ limit: Int
    ) throws(Invalid) {
        guard place == nil else { throw Invalid(detail: "There is more than one \(field).") }
        try check(field, value, limit)
        place = value
    }

    private static func check(
        _ field: UTF8String, _ value: UTF8String, _ limit: Int
    ) throws(Invalid) {
        guard value.utf8.count <= limit else {
            throw Invalid(detail: "The \(field) has more than \(limit) bytes.")
        }
    }

    /// What of a file's own name a document can hold: its end tells more than its beginning.
    static func documentName(ofFile name: String) -> UTF8String? {
        guard !name.isEmpty else { return nil }
        var kept = name.unicodeScalars[...]
        while Substring(kept).utf8.count > ImageDocument.Limits.nameBytes { kept.removeFirst() }
        return UTF8String(String(kept))
    }
}
