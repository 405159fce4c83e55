// The cache's one writing thread: takes what waits in the queue, writes it in groups, makes room.
//
// What holds:
// - an entry is in the table only when its record is written, and its generation is in the view
//   that readers get before that;
// - the allocated bytes of all generations stay within the budget: a generation is made when there
//   is room for it and, so that an eviction can always carry, for one more;
// - an eviction is done in steps beside the insertions, and is over when half a generation has come
//   in since it began: no insertion waits for a whole one.
internal import Digest
internal import LinuxIO
internal import Rendition
internal import Store
internal import Synchronization

final class CacheWriter {
    /// A row's generations, oldest first. The last is written to when it is open.
    struct RowOfGenerations {
        var sealed: [GenerationWriter] = []
        var open: GenerationWriter?
        var all: [GenerationWriter] { sealed + (open.map { [$0] } ?? []) }
    }

    /// What becomes visible with the next flush.
    enum Pending {
        case inserted(CacheState.Insertion, KeyHash, Location)
        case carried(from: Location, KeyHash, to: Location)
    }

    let state: CacheState
    let directoryPath: String
    let geometry: CacheGeometry
    let policy: EvictionPolicy
    let retryIntervalNanoseconds: UInt64
    var table: EntryTable
    var rows: [RowOfGenerations] = [.init(), .init()]
    var ghosts = GhostList()
    var pending: [Pending] = []
    var pendingKeys: Set<RenditionKey> = []
    var eviction: Eviction?
    var purges = PurgeLedger()
    /// Found at the start and not yet read, youngest last.
    var unloaded: [GenerationWriter] = []
    /// Held while this process has the directory.
    var directory: Directory?
    var nextNumber: UInt64 = 1
    var nextTag = 1
    var retired = Retired()
    /// When to try again after the disk refused.
    var retryNanoseconds: UInt64?
    let boot = BootIdentity.current()

    init(
        _ state: CacheState, directory: String, geometry: CacheGeometry, policy: EvictionPolicy,
        retrySeconds: Int
    ) {
        self.state = state
        directoryPath = directory
        self.geometry = geometry
        self.policy = policy
        retryIntervalNanoseconds = UInt64(retrySeconds) * 1_000_000_000
        table = state.view.table
    }

    var generations: [GenerationWriter] { rows.flatMap(\.all) + unloaded }

    /// The thread's life.
    func run() {
        open()
        while true {
            let isIdle = retryNanoseconds == nil && retired.isEmpty
            let timeout = !unloaded.isEmpty ? 0 : isIdle ? 3600 : 1
            guard
                let operations = state.queue.take(
                    atMost: GenerationWriter.maximumGroupCount,
                    costing: GenerationWriter.maximumGroupByteCount, timeoutSeconds: timeout)
            else { break }
            retryIfDue()
            for operation in operations { perform(operation) }
            flush()
            evictInStep()
            if !unloaded.isEmpty { loadOne() }
            retired.release()
        }
        state.flushes.close()
        state.counters.setWriting(.closed)
    }

    private func perform(_ operation: CacheState.Operation) {
        switch operation {
        case .insert(let insertion): insert(insertion)
        case .purge(let original, let completion):
            flush()
            purge(original, completion)
        case .list(let original, let limit, let completion):
            flush()
            completion(places(of: original, atMost: limit))
        case .damaged(let key, let location):
            flush()
            removeDamaged(key, location)
        case .unreadable(let number):
            flush()
            dropUnreadable(number)
        }
    }

    // MARK: Insertion

    private func insert(_ insertion: CacheState.Insertion) {
        let byteCount = insertion.byteCount
        if directory == nil || retryNanoseconds != nil { return insertion.completion(.suspended) }
        if purges.forbids(insertion.key.original, insertion.ticket) {
            return insertion.completion(.purged)
        }
        guard
            byteCount <= UInt32.max, insertion.head.count <= Record.maximumHeadByteCount,
            GenerationWriter.capacity(forRecordOf: byteCount)
                <= geometry.largestGenerationByteCount
        else { return insertion.completion(.tooLarge) }
        if pendingKeys.contains(insertion.key) { flush() }
        let hash = state.hasher.hash(insertion.key)
        if isStored(insertion.key, hash) { return insertion.completion(.stored) }
        let hasGhost = ghosts.contains(hash.ghost)
        let isAdmitted = policy.admits(
            byteCount: byteCount, hasGhost: hasGhost,
            generationByteCount: geometry.generationByteCount)
        guard isAdmitted else {
            leaveGhost(hash)
            return insertion.completion(.notAdmitted)
        }
        guard let writer = room(forRecordOf: byteCount, in: policy.row(forGhost: hasGhost)) else {
            return insertion.completion(.suspended)
        }
        if hasGhost { ghosts.remove(hash.ghost) }
        guard let offset = stage(insertion, in: writer) else {
            return insertion.completion(.suspended)
        }
        let location = Location(
            offset: offset, tag: writer.generation.tag, hash: hash, hits: 0, isVerified: true)
        pending.append(.inserted(insertion, hash, location))
        pendingKeys.insert(insertion.key)
        eviction?.insertedByteCount += byteCount
    }

    /// `nil` when the disk refuses.
    private func stage(_ insertion: CacheState.Insertion, in writer: GenerationWriter) -> Int? {
        let digest: SHA256Digest =
            switch insertion.bodyDigest {
            case .known(let digest): digest
            case .unknown: SHA256Digest(of: insertion.body)
            }
        do throws(SystemError) {
            return try writer.stage(insertion.key, body: insertion.body) { bytes in
                Record.append(
                    to: &bytes, key: insertion.key, head: insertion.head,
                    bodyByteCount: insertion.body.count, metadata: insertion.metadata,
                    bodyDigest: digest)
            }
        } catch {
            fail(error)
            return nil
        }
    }

    func leaveGhost(_ hash: KeyHash) {
        ghosts.insert(hash.ghost, limit: max(table.count, 1024))
    }

    private func isStored(_ key: RenditionKey, _ hash: KeyHash) -> Bool {
        find(key, hash) != nil
    }

    func find(
        _ key: RenditionKey, _ hash: KeyHash, in view: GenerationView? = nil
    ) -> (Int, Location)? {
        let view = view ?? state.view
        return table.find(hash) { view.holds(key, at: $0) }
    }

    /// The open generation of `row`, with room for one more record; a new one where need be. `nil`
    /// when the disk refuses.
    func room(
        forRecordOf byteCount: Int, in row: Row, isCarrying: Bool = false
    ) -> GenerationWriter? {
        while retryNanoseconds == nil {
            guard let open = rows[Int(row.rawValue)].open else {
                let size = max(
                    geometry.generationByteCount,
                    GenerationWriter.capacity(forRecordOf: byteCount))
                if openGeneration(row, byteCount: size, isCarrying: isCarrying) { continue }
                return nil
            }
            if open.hasRoom(forRecordOf: byteCount) {
                if !open.isGroupFull { return open }
                flush()
            } else {
                flush()
                seal(row)
            }
        }
        return nil
    }

    /// Writes what is staged and lets it be seen; then tells those who wait for it.
    func flush() {
        if pending.isEmpty { return }
        do throws(SystemError) {
            for row in rows { try row.open?.flush() }
        } catch {
            return fail(error)
        }
        let flushed = pending
        pending.removeAll(keepingCapacity: true)
        pendingKeys.removeAll(keepingCapacity: true)
        state.counters.setWriting(.active)
        var completions: [@Sendable (InsertOutcome) -> Void] = []
        for item in flushed {
            switch item {
            case .inserted(let insertion, let hash, let location):
                makeTableRoom()
                table.insert(location, hash: hash)
                completions.append(insertion.completion)
            case .carried(let old, let hash, let new):
                // Gone: purged or found damaged since.
                guard let (slot, now) = table.find(hash, where: { $0.isSamePlace(as: old) })
                else { continue }
                table.replace(slot, now.isVerified ? new.verified : new)
                state.counters.carried.add(1)
            }
        }
        state.counters.insertions.add(completions.count)
        state.counters.entries.set(table.count)
        for completion in completions { completion(.stored) }
    }

    /// What was staged is given up, with the generations it was for: they end where they were
    /// whole.
    func fail(_ error: SystemError) {
        for row in Row.allCases { seal(row) }
        suspend(error)
        let failed = pending
        pending.removeAll()
        pendingKeys.removeAll()
        for case .inserted(let insertion, _, _) in failed { insertion.completion(.suspended) }
    }

    func seal(_ row: Row) {
        guard let open = rows[Int(row.rawValue)].open else { return }
        open.seal()
        rows[Int(row.rawValue)].sealed.append(open)
        rows[Int(row.rawValue)].open = nil
    }

    // MARK: Table

    /// Keeps probes short: a larger table, or one of the same size without the removed slots.
    func makeTableRoom() {
        if table.hasRoom { return }
        let old = table
        let new = EntryTable(slotCount: EntryTable.slotCount(forEntries: table.count))
        for writer in generations {
            for number in 0..<writer.flushedIndexCount {
                guard
                    case .entry(let entry) = writer.generation.indexEntry(number, isTrusted: true)
                else { continue }
                let hash = state.hasher.hash(entry.key)
                let found = old.find(hash) {
                    $0.tag == writer.generation.tag && $0.offset == entry.offset
                }
                if let (_, location) = found { new.insert(location, hash: hash) }
            }
        }
        table = new
        retired.add(old)
        publish()
    }

    /// Lets readers see the row as it is now.
    func publish() {
        state.counters.generations.set(generations.count)
        state.counters.tableBytes.set(
            table.slotCount * 8 + ghosts.byteCount
                + generations.reduce(0) { $0 + $1.memoryByteCount })
        state.publish(
            GenerationView(table: table, generations: generations.map(\.generation)))
    }
}
