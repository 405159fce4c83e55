internal import LinuxIO
internal import Rendition
internal import Store
internal import Synchronization

/// What the cache's threads share.
final class CacheState: Sendable {
    enum Operation: Sendable {
        case insert(Insertion)
        case purge(ContentHash, @Sendable (PurgeReceipt) -> Void)
        case list(ContentHash, atMost: Int, @Sendable (RenditionPlaces) -> Void)
        /// A reader found the bytes at this place not to be what was written.
        case damaged(RenditionKey, Location)
        /// Something of the generation with this number can not be read any more.
        case unreadable(UInt64)
    }

    struct Insertion: Sendable {
        let key: RenditionKey
        let head: [UInt8]
        let body: [UInt8]
        let bodyDigest: BodyDigest
        let metadata: EntryMetadata
        let ticket: PurgeTicket
        let completion: @Sendable (InsertOutcome) -> Void

        var byteCount: Int { Record.headerByteCount + head.count + body.count }
    }

    let hasher = KeyHasher()
    let counters = CacheCounters()
    let queue: WorkQueue<Operation>
    /// For the keeper.
    let flushes = WorkQueue<CacheKeeper.Flush>(maximumCount: .max)
    /// Purges so far. Ordered before what a purge does to the table.
    let purgeEpoch = Atomic<UInt64>(0)
    /// Rises with each new view, after it can be had.
    private let version = Atomic<UInt64>(0)
    private let current: Monitor<GenerationView>

    init(maximumQueueCount: Int, maximumQueueByteCount: Int) {
        queue = WorkQueue(maximumCount: maximumQueueCount, maximumCost: maximumQueueByteCount)
        let table = EntryTable(slotCount: 1 << 12)
        current = Monitor(GenerationView(table: table, generations: []))
    }

    func reportUnreadable(_ generation: UInt64) {
        _ = queue.offer(.unreadable(generation))  // Full: who meets it next says so again.
    }

    @inline(__always)
    var viewVersion: UInt64 { version.load(ordering: .acquiring) }

    var view: GenerationView { current.withLock { $0 } }

    func publish(_ view: GenerationView) {
        current.withLock { $0 = view }
        version.add(1, ordering: .releasing)
    }
}
