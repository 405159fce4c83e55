internal import ImageIndex

/// What a client says of the images it sends: in the query, or in the fields of a form.
struct UploadFields {
    /// For the problem document.
    struct Invalid: Error {
        let detail: String
    }

    static let names: Set<String> = ["name", "owner", "tags"]
    /// Of one value: the longest list of tags, with its commas.
    static let valueByteLimit =
        ImageDocument.Limits.tags * (ImageDocument.Limits.tagBytes + 1)

    private(set) var name: String?
    private(set) var owner: String?
    private(set) var tags: [String] = []

    /// - Parameter field: one of `names`. An empty value says nothing, as that of a box left empty.
    mutating func set(_ field: String, _ value: String) throws(Invalid) {
        guard !value.isEmpty else { return }
        switch field {
        case "name": try Self.set(&name, field, value, ImageDocument.Limits.nameBytes)
        case "owner": try Self.set(&owner, field, value, ImageDocument.Limits.ownerBytes)
        default:
            for tag in value.split(separator: ",").map(String.init) where !tags.contains(tag) {
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
        _ place: inout String?, _ field: String, _ value: String, _ limit: Int
    ) throws(Invalid) {
        guard place == nil else { throw Invalid(detail: "There is more than one \(field).") }
        try check(field, value, limit)
        place = value
    }

    private static func check(
        _ field: String, _ value: String, _ limit: Int
    ) throws(Invalid) {
        guard value.utf8.count <= limit else {
            throw Invalid(detail: "The \(field) has more than \(limit) bytes.")
        }
    }

    /// What of a file's own name a document can hold: its end tells more than its beginning.
    static func documentName(ofFile name: String) -> String? {
        guard !name.isEmpty else { return nil }
        var name = name[...]
        while name.utf8.count > ImageDocument.Limits.nameBytes { name = name.dropFirst() }
        return String(name)
    }
}
