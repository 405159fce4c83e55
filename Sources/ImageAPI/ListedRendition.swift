internal import Rendering
internal import Rendition
internal import RenditionCache

/// Renditions in the cache, as the image document lists them.
struct ListedRenditions {
    let list: [ListedRendition]
    /// There are more than are listed.
    let isCut: Bool

    init(_ cached: CachedRenditions, _ links: LinkMaker) {
        list = cached.list.compactMap { ListedRendition($0, links) }
            .sorted { $0.recipe < $1.recipe }
        isCut = cached.hasMore
    }
}

/// A rendition in the cache, as the image document lists it.
struct ListedRendition {
    let recipe: String
    /// `nil` where nobody would get it by that, or not this reader.
    let url: String?
    let byteCount: Int
    let width: Int
    let height: Int
    let type: String
    let createdAtMicroseconds: Int64

    /// `nil` for one whose head was written by another version.
    init?(_ cached: CachedRendition, _ links: LinkMaker) {
        guard let head = StoredHead(cached.head) else { return nil }
        url = links.url(madeFor: head.target)
        // What stands in the URL besides the hash.
        recipe = String(decoding: head.target, as: UTF8.self)
            .replacing(cached.key.original.hex, with: "")
        byteCount = cached.bodyByteCount
        width = Int(head.width)
        height = Int(head.height)
        type = head.format.mediaType.description
        createdAtMicroseconds = head.createdAtMicroseconds
    }
}
