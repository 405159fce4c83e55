package import Digest
package import Rendition
internal import Store

/// What a lookup finds beside head and body.
package struct CachedEntry: Sendable {
    package let metadata: EntryMetadata
    package let bodyDigest: SHA256Digest
    /// Where the body lies, for the kernel to send it from. The file's bytes never change; the
    /// descriptor is valid while the entry is lent.
    package let file: CInt
    package let bodyOffset: Int
}

/// One thread's way into the cache: lookups take no lock and allocate nothing.
///
/// Not `Sendable`: one for each event loop. Holds the maps of the generations it last saw, so a
/// loop that may be idle for long calls `refresh` now and then to let go of evicted ones.
package final class CacheReader {
    private let state: CacheState
    private var view: GenerationView
    private var version: UInt64
    /// Depth of lookups under way: their bytes must stay mapped.
    private var lending = 0

    init(_ state: CacheState) {
        self.state = state
        version = state.viewVersion
        view = state.view
    }

    /// Lets go of generations that have been evicted since the last call.
    @inline(__always)
    package func refresh() {
        if state.viewVersion != version, lending == 0 { renew() }
    }

    @inline(never)
    private func renew() {
        version = state.viewVersion  // First: a view published in between is then seen next time.
        view = state.view
    }

    /// Calls `body` with the stored head and body where they lie in the map, which is theirs until
    /// it returns; `false` is a miss. Bytes that are not as they were written are a miss too.
    ///
    /// Cost: one probe of the table and one read of the record's header; on the first lookup of an
    /// entry that was found at the start also a SHA-256 of it.
    /// Not generic: a hit would pay for the metadata of its result on every call.
    package func withEntry(
        _ key: RenditionKey, _ body: (CachedEntry, _ head: RawSpan, _ body: RawSpan) -> Void
    ) -> Bool {
        refresh()
        lending += 1
        defer { lending -= 1 }
        let hash = state.hasher.hash(key)
        var table = view.table
        var slot = hash.slot
        var probes = 0
        while probes < table.slotCount {
            let location = table.load(slot)
            if location == .empty { return false }
            if location.isEntry, location.fingerprint == hash.fingerprint {
                if !view.has(location.tag), lending == 1, state.viewVersion != version {
                    // Carried to a generation younger than the view: look again with a new one.
                    renew()
                    (table, slot, probes) = (view.table, hash.slot, 0)
                    continue
                }
                let found = view.withBytes(from: location) { bytes -> Bool in
                    guard let record = Record(bytes, key: key) else { return false }
                    guard location.isVerified || isIntact(record, bytes, key, location)
                    else { return false }
                    table.mark(slot, location, location.withHit.verified)
                    let head = bytes.extracting(
                        Record.headerByteCount..<Record.headerByteCount + record.headByteCount)
                    let content = bytes.extracting(
                        Record.headerByteCount + record.headByteCount..<record.byteCount)
                    let entry = CachedEntry(
                        metadata: Record.metadata(of: bytes),
                        bodyDigest: Record.bodyDigest(of: bytes),
                        file: view.file(location.tag),
                        bodyOffset: location.offset + Record.headerByteCount
                            + record.headByteCount)
                    body(entry, head, content)
                    return true
                }
                if found == true { return true }
            }
            slot += 1
            probes += 1
        }
        return false
    }

    /// Whether the table knows the key: no disk is touched, and one answer in 100,000 is wrong.
    package func contains(_ key: RenditionKey) -> Bool {
        refresh()
        return view.table.find(state.hasher.hash(key)) { view.has($0.tag) } != nil
    }

    /// Holds the entry's body for a client that takes it slowly: it stays readable when evicted or
    /// purged meanwhile, and its file takes up the disk for as long.
    package func lease(_ key: RenditionKey) -> EntryLease? {
        refresh()
        let hash = state.hasher.hash(key)
        let found = view.table.find(hash) { location in
            let isKey = view.withBytes(from: location) { Record($0, key: key) != nil }
            return isKey ?? false
        }
        guard let (slot, location) = found, let generation = view.generation(location.tag)
        else { return nil }
        let range = view.withBytes(from: location) { bytes -> Range<Int>? in
            guard let record = Record(bytes, key: key),
                location.isVerified || isIntact(record, bytes, key, location)
            else { return nil }
            view.table.mark(slot, location, location.verified)
            let end = location.offset + record.byteCount
            return end - record.bodyByteCount..<end
        }
        guard let range = range ?? nil else { return nil }
        return EntryLease(generation, range)
    }

    @inline(never)
    private func isIntact(
        _ record: Record, _ bytes: RawSpan, _ key: RenditionKey, _ location: Location
    ) -> Bool {
        if record.isIntact(bytes) { return true }
        _ = state.queue.offer(.damaged(key, location))  // Full: the next lookup says so again.
        return false
    }
}
