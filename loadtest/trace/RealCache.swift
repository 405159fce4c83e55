import Digest
import LinuxIO
import Rendition
import RenditionCache

/// The cache itself as a model, one request after the other: what the model of it is held against.
final class RealCache {
    private let cache: RenditionCache
    private let reader: CacheReader
    private let body = [UInt8](repeating: 7, count: 204_800)

    init(directory: String, budgetBytes: Int) throws(SystemError) {
        cache = try RenditionCache(directory: directory, byteBudget: budgetBytes)
        reader = cache.makeReader()
    }

    func request(_ key: Int, bytes: Int) -> Bool {
        let digest = SHA256Digest(of: Array("\(key)".utf8))
        let name = RenditionKey(original: ContentHash(digest), digest: digest.bytes.lowHalf)
        if reader.withEntry(name, { _, _, _ in }) { return true }
        let done = Semaphore()
        cache.insert(
            name, head: [], body: Array(body[..<bytes]), bodyDigest: .known(digest),
            metadata: EntryMetadata(lastModifiedSeconds: 0), ticket: cache.ticket()
        ) { _ in done.signal() }
        done.wait()
        return false
    }

    func close() { cache.close() }
}
