internal import LinuxIO
package import Rendition

/// Renditions of one original, for its document.
package struct CachedRenditions: Sendable {
    /// Of one document: what a page shows of them, not what an attacker can have made.
    package static let limit = 200

    package var list: [CachedRendition] = []
    /// There are more than are listed.
    package var hasMore = false

    package init() {}
}

package struct CachedRendition: Sendable {
    package let key: RenditionKey
    package let head: [UInt8]
    package let metadata: EntryMetadata
    package let bodyByteCount: Int
}

/// Where they lie. Found on the writing thread, in memory and index alone; what is read of them is
/// read by who asked, and holds up nobody.
struct RenditionPlaces: Sendable {
    var list: [(generation: Generation, entry: IndexEntry)] = []
    var hasMore = false

    /// Header and head of each: a page of the map, without the body behind it. What is damaged
    /// there is left out; the keeper finds it.
    func read() -> CachedRenditions {
        var found = CachedRenditions()
        found.list = list.compactMap(Self.rendition)
        found.hasMore = hasMore
        return found
    }

    private static func rendition(_ generation: Generation, _ entry: IndexEntry) -> CachedRendition?
    {
        let byteCount = min(entry.recordByteCount, Record.prefixByteCount)
        let range = entry.offset..<entry.offset + byteCount
        let read = generation.file.withCopy(of: range) { bytes -> CachedRendition? in
            guard let record = Record(bytes, limit: entry.recordByteCount, key: entry.key),
                record.byteCount == entry.recordByteCount, record.hasIntactHead(bytes)
            else { return nil }
            let end = Record.headerByteCount + record.headByteCount
            let head = bytes.extracting(Record.headerByteCount..<end)
            return CachedRendition(
                key: entry.key, head: unsafe head.withUnsafeBytes { unsafe Array($0) },
                metadata: Record.metadata(of: bytes), bodyByteCount: record.bodyByteCount)
        }
        return read ?? nil
    }
}
