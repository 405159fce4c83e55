internal import LinuxIO
package import Rendition
internal import Store

/// What a lookup finds beside head and body.
package struct CachedEntry: Sendable {
    package let metadata: EntryMetadata
    /// Where the body lies, for the kernel to send it from. The file's bytes never change; the
    /// descriptor is valid while the entry is lent.
    package let file: CInt
    package let bodyOffset: Int
}

/// One thread's way into the cache: lookups take no lock and allocate nothing.
///
/// Not `Sendable`: one for each event loop. Holds the maps of the generations it last saw, so a
/// loop that may be idle for long calls `refresh` now and then to let go of evicted ones.
@safe package final class CacheReader {
    private let state: CacheState
    private var view: GenerationView
    private var version: UInt64
    /// While a lookup is under way its bytes must stay mapped.
    private var isLending = false
    /// Where headers and heads are copied to before they are looked at.
    private let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Record.prefixByteCount, alignment: 16)
    /// Header and head of nearly all renditions.
    private static let usualPrefixByteCount = 1024

    init(_ state: CacheState) {
        self.state = state
        version = state.viewVersion
        view = state.view
    }

    deinit { unsafe scratch.deallocate() }

    /// Lets go of generations that have been evicted since the last call.
    @inline(__always)
    package func refresh() {
        if state.viewVersion != version, !isLending { renew() }
    }

    @inline(never)
    private func renew() {
        version = state.viewVersion  // First: a view published in between is then seen next time.
        view = state.view
    }

    /// Calls `body` with the stored head, and with the stored body where it lies in the map, which
    /// is its until it returns; `false` is a miss. Bytes that are not as they were written are a
    /// miss too. What the map can not read any more is found out by who uses it: the body is for
    /// system calls and for `MappedFile.copy`, and a lease tells the cache.
    ///
    /// Cost: one probe of the table and one read of the record's header; on the first lookup of an
    /// entry that was found at the start also a SHA-256 of it.
    /// Not generic: a hit would pay for the metadata of its result on every call.
    package func withEntry(
        _ key: RenditionKey, _ body: (CachedEntry, _ head: RawSpan, _ body: RawSpan) -> Void
    ) -> Bool {
        precondition(!isLending, "one lookup at a time")
        refresh()
        isLending = true
        defer { isLending = false }
        let hash = state.hasher.hash(key)
        var table = view.table
        var slot = hash.slot
        var probes = 0
        while probes < table.slotCount {
            let location = table.load(slot)
            if location == .empty { return false }
            if location.isEntry, location.fingerprint == hash.fingerprint {
                if !view.has(location.tag), state.viewVersion != version {
                    // Carried to a generation younger than the view: look again with a new one.
                    renew()
                    (table, slot, probes) = (view.table, hash.slot, 0)
                    continue
                }
                if lend(key, slot, location, body) { return true }
            }
            slot += 1
            probes += 1
        }
        return false
    }

    /// Copies header and head out of the map and lends them with the body where it lies, if the
    /// record at `location` is this key's.
    @inline(__always)
    private func lend(
        _ key: RenditionKey, _ slot: Int, _ location: Location,
        _ body: (CachedEntry, _ head: RawSpan, _ body: RawSpan) -> Void
    ) -> Bool {
        let limit = view.byteCount(from: location)
        let prefix = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(scratch))
        guard limit >= Record.headerByteCount,
            copy(location, byteCount: min(limit, Self.usualPrefixByteCount)),
            let record = Record(prefix, limit: limit, key: key)
        else { return false }
        let contentOffset = Record.headerByteCount + record.headByteCount
        if contentOffset > Self.usualPrefixByteCount {
            guard copy(location, byteCount: contentOffset) else { return false }
        }
        guard location.isVerified || isIntact(record, key, location) else { return false }
        view.table.mark(slot, location, location.withHit.verified)
        let entry = CachedEntry(
            metadata: Record.metadata(of: prefix), file: view.file(location.tag),
            bodyOffset: location.offset + contentOffset)
        view.withMap(from: location, contentOffset..<record.byteCount) { content in
            body(entry, prefix.extracting(Record.headerByteCount..<contentOffset), content)
        }
        return true
    }

    @inline(__always)
    private func copy(_ location: Location, byteCount: Int) -> Bool {
        let isRead = view.withMap(from: location, 0..<byteCount) { bytes in
            guard let start = unsafe scratch.baseAddress else { return false }
            return unsafe MappedFile.copy(bytes, to: start)
        }
        if !isRead { reportUnreadable(location) }
        return isRead
    }

    @inline(never)
    private func reportUnreadable(_ location: Location) {
        if let generation = view.generation(location.tag) {
            state.reportUnreadable(generation.number)
        }
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
        guard let (slot, location) = view.table.find(hash, where: { view.holds(key, at: $0) }),
            let generation = view.generation(location.tag)
        else { return nil }
        let offset = location.offset..<location.offset + Record.headerByteCount
        let limit = view.byteCount(from: location)
        let found = generation.file.withCopy(of: offset) { Record($0, limit: limit, key: key) }
        guard let record = found ?? nil, location.isVerified || isIntact(record, key, location)
        else { return nil }
        view.table.mark(slot, location, location.verified)
        let end = location.offset + record.byteCount
        return EntryLease(state, generation, end - record.bodyByteCount..<end)
    }

    /// The first time that an entry is looked up which was found at the start: all of it is read.
    @inline(never)
    private func isIntact(_ record: Record, _ key: RenditionKey, _ location: Location) -> Bool {
        guard let generation = view.generation(location.tag) else { return false }
        let range = location.offset..<location.offset + record.byteCount
        switch generation.intactRecord(key, range) {
        case .intact: return true
        // Full: the next lookup says so again.
        case .damaged: _ = state.queue.offer(.damaged(key, location))
        case .unreadable: state.reportUnreadable(generation.number)
        }
        return false
    }
}
