internal import LinuxIO
internal import Rendition
internal import Store

/// The cache's second thread, for what takes long and hurries nobody: it flushes what purges have
/// marked, and reads every record again at a bounded rate to see that it is as it was written.
///
/// Reads by system call, not by the map: a sector that can not be read is then an error and not the
/// end of the process.
final class CacheKeeper {
    /// A purge that waits to be durable.
    struct Flush: Sendable {
        let files: [MappedFile]
        var receipt: PurgeReceipt
        let completion: @Sendable (PurgeReceipt) -> Void
    }

    private static let passIntervalNanoseconds: UInt64 = 24 * 3_600_000_000_000

    private let state: CacheState
    private let bytesPerSecond: Int
    /// Where the pass under way has come to.
    private var generation: UInt64 = 0
    private var entry = 0
    private var nextPassNanoseconds: UInt64 = 0
    private var nextSliceNanoseconds: UInt64 = 0

    /// - Parameter bytesPerSecond: 0 for no scrubbing.
    init(_ state: CacheState, bytesPerSecond: Int) {
        self.state = state
        self.bytesPerSecond = bytesPerSecond
    }

    /// The thread's life: until the queue is closed.
    func run() {
        while true {
            let timeout = bytesPerSecond == 0 ? 3600 : 1
            guard let flushes = state.flushes.take(atMost: 64, timeoutSeconds: timeout)
            else { return }
            for flush in flushes { perform(flush) }
            let now = Clock.monotonicNanoseconds()
            if bytesPerSecond > 0, now >= nextPassNanoseconds, now >= nextSliceNanoseconds {
                nextSliceNanoseconds = now + 900_000_000
                scrub(now)
            }
        }
    }

    private func perform(_ flush: Flush) {
        var receipt = flush.receipt
        for file in flush.files {
            do throws(SystemError) { try file.flush() } catch { receipt.isDurable = false }
        }
        flush.completion(receipt)
    }

    /// One second's share of a pass over all generations, oldest first.
    private func scrub(_ now: UInt64) {
        let view = state.view
        var left = bytesPerSecond
        while left > 0 {
            guard let current = view.oldestGeneration(from: generation) else {
                (generation, entry) = (0, 0)
                nextPassNanoseconds = now + Self.passIntervalNanoseconds
                return
            }
            if current.number > generation { (generation, entry) = (current.number, 0) }
            guard let read = verify(entry, of: current, in: view) else {
                (generation, entry) = (current.number + 1, 0)
                continue
            }
            entry += 1
            left -= read
        }
    }

    /// Bytes read; `nil` at the end of the index.
    private func verify(_ number: Int, of generation: Generation, in view: GenerationView) -> Int? {
        guard generation.indexRange(number).lowerBound >= Generation.dataOffset else { return nil }
        let entry: IndexEntry
        switch generation.indexEntry(number, isTrusted: false) {
        case .entry(let found): entry = found
        case .damaged: return IndexEntry.byteCount
        case .empty: return nil
        case .unreadable:
            state.reportUnreadable(generation.number)
            return nil
        }
        let found = view.table.find(state.hasher.hash(entry.key)) {
            $0.tag == generation.tag && $0.offset == entry.offset
        }
        guard let (slot, location) = found else { return IndexEntry.byteCount }
        let range = entry.offset..<entry.offset + entry.recordByteCount
        switch generation.intactRecord(entry.key, range) {
        case .intact: view.table.mark(slot, location, location.verified)
        case .damaged: _ = state.queue.offer(.damaged(entry.key, location), isBounded: false)
        case .unreadable:
            state.reportUnreadable(generation.number)
            return nil
        }
        return entry.recordByteCount
    }
}
