internal import Digest
internal import LinuxIO
package import Rendition
package import RenditionCache
internal import Synchronization
internal import WorkerLink
internal import Workers

/// The masters: of each larger original one picture that is decoded in its place. A cache of its
/// own, so that masters and renditions do not push each other out; losing one costs a decoding.
package final class MasterStore: Sendable {
    private let cache: RenditionCache
    private let pipeline: PipelineVersion
    private let reader: Mutex<CacheReader>

    package init(_ cache: RenditionCache, pipeline: PipelineVersion) {
        self.cache = cache
        self.pipeline = pipeline
        reader = Mutex(cache.makeReader())
    }

    /// One master an original. Made by other libraries it may look otherwise.
    private func key(_ original: ContentHash) -> RenditionKey {
        let recipe = Recipe(width: 0, height: 0, format: .explicit(.jpeg))
        // Told from every rendition by the cache that it lies in.
        return RenditionKey(
            original: original, recipe: recipe, pipeline: pipeline, limits: OutputLimits())
    }

    package var statistics: CacheStatistics { cache.statistics }

    /// To be taken before the original is read for it.
    package func ticket() -> PurgeTicket { cache.ticket() }

    func contains(_ original: ContentHash) -> Bool {
        let key = key(original)
        return reader.withLock { $0.contains(key) }
    }

    /// The master for a worker, which it can read also when it is evicted meanwhile.
    func input(_ original: ContentHash) -> WorkerInput? {
        let key = key(original)
        guard let lease = reader.withLock({ $0.lease(key) }) else { return nil }
        let byteCount = lease.bodyByteCount
        if byteCount <= SharedLayout.inputByteCount {
            return .copied(byteCount: UInt32(byteCount)) { memory throws(SystemError) in
                try lease.write(to: memory)
            }
        }
        guard let memory = try? SharedMemory(byteCount: byteCount),
            (try? lease.write(to: memory)) != nil
        else { return nil }
        return .file(SharedDescriptor(memory.takeDescriptor()))
    }

    /// `completion` runs when it can be opened, or will not be kept.
    func keep(
        _ bytes: [UInt8], of original: ContentHash, ticket: PurgeTicket,
        completion: @escaping @Sendable () -> Void
    ) {
        cache.insert(
            key(original), head: [], body: bytes, metadata: EntryMetadata(lastModifiedSeconds: 0),
            ticket: ticket
        ) { _ in completion() }
    }

    package func purge(_ original: ContentHash) async { _ = await cache.purge(original: original) }

    func close() { cache.close() }
}
