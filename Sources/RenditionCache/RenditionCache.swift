// The rendition cache: rows of generations, each one file that is written from its start to its
// end, read through a map, and dropped whole.
//
//     lookup  key → table (8 bytes a slot, in memory) → record in a map → lent to the caller
//     insert  queue → writing thread → open generation of a row → table
//
// A lookup touches one place of the table and the record itself, however many generations there
// are. Nothing is ever updated in place, so there is no free list and no fragmentation, a put costs
// the same in a full cache as in an empty one, and what a socket is sending is never rewritten. The
// table is rebuilt at the start from the generations' own indexes. Every record proves its own
// bytes, so nothing needs to be flushed: after a power failure what did not reach the disk is found
// out when it is first looked up, and is a miss.
package import LinuxIO
package import Rendition
internal import Store
internal import Synchronization

package final class RenditionCache: Sendable {
    package struct Limits: Sendable {
        /// Renditions waiting to be written.
        package var queueCount = 4096
        package var queueByteCount = 128 << 20
        /// After the disk refused.
        package var retrySeconds = 5
        /// How fast records are read again to see that they are whole; once a day each. 0: never.
        package var scrubBytesPerSecond = 8 << 20
        package init() {}
    }

    private let state: CacheState
    private let geometry: CacheGeometry
    private let writer: Mutex<RunningThread?>
    private let keeper: Mutex<RunningThread?>

    /// Serves at once, with misses until what is in `directory` is read. Never fails for what is or
    /// is not there: `statistics` says what is the matter.
    ///
    /// - Parameter byteBudget: what the directory may take on the disk; one megabyte at least.
    package init(
        directory: String, byteBudget: Int, policy: EvictionPolicy = EvictionPolicy(),
        limits: Limits = Limits()
    ) throws(SystemError) {
        let geometry = CacheGeometry(
            budgetByteCount: max(byteBudget, CacheGeometry.minimumBudgetByteCount))
        let state = CacheState(
            maximumQueueCount: limits.queueCount, maximumQueueByteCount: limits.queueByteCount)
        self.state = state
        self.geometry = geometry
        writer = Mutex(
            try RunningThread(name: "cache-writer") {
                let writer = CacheWriter(
                    state, directory: directory, geometry: geometry, policy: policy,
                    retrySeconds: limits.retrySeconds)
                writer.run()
            })
        do throws(SystemError) {
            keeper = Mutex(
                try RunningThread(name: "cache-keeper") {
                    CacheKeeper(state, bytesPerSecond: limits.scrubBytesPerSecond).run()
                })
        } catch {
            state.queue.close()
            throw error
        }
    }

    deinit { close() }

    package func makeReader() -> CacheReader { CacheReader(state) }

    /// To be taken before the original is read for a job.
    package func ticket() -> PurgeTicket {
        PurgeTicket(epoch: state.purgeEpoch.load(ordering: .acquiring))
    }

    /// Offers a rendition to be kept. `completion` runs once: on the writing thread when the lookup
    /// that follows would find it or it was refused, or on this one when it is dropped.
    package func insert(
        _ key: RenditionKey, head: [UInt8], body: [UInt8], bodyDigest: BodyDigest = .unknown,
        metadata: EntryMetadata, ticket: PurgeTicket,
        completion: @escaping @Sendable (InsertOutcome) -> Void
    ) {
        let insertion = CacheState.Insertion(
            key: key, head: head, body: body, bodyDigest: bodyDigest, metadata: metadata,
            ticket: ticket, completion: completion)
        switch state.queue.offer(.insert(insertion), cost: insertion.byteCount) {
        case .accepted: return
        case .full:
            state.counters.dropped.add(1)
            completion(.dropped)
        case .closed: completion(.suspended)
        }
    }

    /// Removes every rendition of `original`. When `completion` runs (on a thread of the cache), no
    /// lookup that begins finds one, and no insertion whose ticket was taken before can bring one.
    /// A closed cache purges nothing and says that this is not durable.
    package func purge(
        original: ContentHash, completion: @escaping @Sendable (PurgeReceipt) -> Void
    ) {
        let offer = state.queue.offer(.purge(original, completion), cost: 0, isBounded: false)
        if offer == .accepted { return }
        completion(PurgeReceipt(count: 0, byteCount: 0, isDurable: false))
    }

    package func purge(original: ContentHash) async -> PurgeReceipt {
        await withCheckedContinuation { continuation in
            purge(original: original) { continuation.resume(returning: $0) }
        }
    }

    /// Renditions of `original`, no more than so many; for its document, not for the way of a hit.
    /// Reads a page of each on the thread that it is called on, which may fault.
    package func list(
        original: ContentHash, atMost limit: Int = CachedRenditions.limit
    ) async -> CachedRenditions {
        let places = await withCheckedContinuation { continuation in
            let list = CacheState.Operation.list(original, atMost: limit) {
                continuation.resume(returning: $0)
            }
            let offer = state.queue.offer(list, cost: 0, isBounded: false)
            if offer != .accepted { continuation.resume(returning: RenditionPlaces()) }
        }
        return places.read()
    }

    package var statistics: CacheStatistics {
        state.counters.read(budgetBytes: geometry.budgetByteCount)
    }

    /// Writes what waits and ends the cache's threads. Readers may go on.
    package func close() {
        state.queue.close()
        let writing = writer.withLock { $0.take() }
        writing?.join()
        let keeping = keeper.withLock { $0.take() }
        keeping?.join()
    }
}
