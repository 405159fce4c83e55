package import Text

/// Which images a listing shows; every part that is there must match.
package struct ImageQuery: Equatable, Sendable {
    package var owner: UTF8String?
    package var tag: UTF8String?
    package var type: MediaType?
    package var status: ImageDocument.Status?
    /// A part of the name in any case.
    package var name: UTF8String?
    /// Microseconds since 1970: from `since` on, before `until`.
    package var since: Int64?
    package var until: Int64?

    package init() {}

    /// Whether any document can have what it asks for.
    var isPossible: Bool {
        owner?.utf8.count ?? 0 <= ImageDocument.Limits.ownerBytes
            && tag?.utf8.count ?? 0 <= ImageDocument.Limits.tagBytes
    }

    func matches(_ document: ImageDocument) -> Bool {
        (owner == nil || document.owner == owner)
            && (tag.map { document.tags.contains($0) } ?? true)
            && (type == nil || document.type == type)
            && (status == nil || document.status == status)
            && (name.map { document.name?.lowercased.contains($0.lowercased) ?? false } ?? true)
            && (since.map { document.uploadedAt >= $0 } ?? true)
            && (until.map { document.uploadedAt < $0 } ?? true)
    }
}
