internal import LinuxIO
internal import Rendition
internal import Store
internal import Synchronization

extension CacheWriter {
    /// Removes every rendition of `original` that is there, and keeps jobs that began before from
    /// bringing one back. The receipt is given when the keeper has made it durable.
    func purge(
        _ original: ContentHash, _ completion: @escaping @Sendable (PurgeReceipt) -> Void
    ) {
        loadAll()
        let epoch = state.purgeEpoch.add(1, ordering: .acquiringAndReleasing).newValue
        purges.record(original, epoch: epoch)
        var files: [MappedFile] = []
        var receipt = PurgeReceipt(count: 0, byteCount: 0, isDurable: true)
        for writer in generations {
            let entries = writer.entries(of: original).filter { !$0.entry.isPurged }
            if entries.isEmpty { continue }
            for (number, entry) in entries {
                if removeFromTable(entry, of: writer.generation) {
                    receipt.count += 1
                    receipt.byteCount += entry.recordByteCount - Record.headerByteCount
                }
                do throws(SystemError) {
                    try writer.markPurged(number)
                } catch {
                    receipt.isDurable = false
                }
            }
            files.append(writer.generation.file)
        }
        state.counters.purged.add(receipt.count)
        state.counters.entries.set(table.count)
        if files.isEmpty { return completion(receipt) }
        let flush = CacheKeeper.Flush(files: files, receipt: receipt, completion: completion)
        if state.flushes.offer(flush) != .accepted { preconditionFailure("closed by this thread") }
    }

    private func removeFromTable(_ entry: IndexEntry, of generation: Generation) -> Bool {
        let found = table.find(state.hasher.hash(entry.key)) {
            $0.tag == generation.tag && $0.offset == entry.offset
        }
        guard let (slot, _) = found else { return false }
        table.remove(slot)
        return true
    }

    func list(_ original: ContentHash) -> [CachedRendition] {
        loadAll()
        return generations.flatMap { writer in
            writer.entries(of: original).compactMap { _, entry in
                rendition(entry, of: writer.generation)
            }
        }
    }

    private func rendition(_ entry: IndexEntry, of generation: Generation) -> CachedRendition? {
        let found = table.find(state.hasher.hash(entry.key)) {
            $0.tag == generation.tag && $0.offset == entry.offset
        }
        guard found != nil else { return nil }
        let range = entry.offset..<entry.offset + entry.recordByteCount
        return generation.file.withBytes(range) { bytes in
            guard let record = Record(bytes, key: entry.key), record.isIntact(bytes)
            else { return nil }
            var head: [UInt8] = []
            let headRange = Record.headerByteCount..<Record.headerByteCount + record.headByteCount
            head.append(bytes.extracting(headRange))
            return CachedRendition(
                key: entry.key, head: head, metadata: Record.metadata(of: bytes),
                bodyByteCount: record.bodyByteCount)
        }
    }

    /// Takes away what a reader found damaged, for this run and the next.
    func removeDamaged(_ key: RenditionKey, _ location: Location) {
        let found = table.find(state.hasher.hash(key)) { $0.isSamePlace(as: location) }
        guard let (slot, _) = found else { return }  // Said before by another reader.
        table.remove(slot)
        state.counters.integrityFailures.add(1)
        state.counters.entries.set(table.count)
        let writer = generations.first { $0.generation.tag == location.tag }
        guard let writer else { return }
        for (number, entry) in writer.entries(of: key.original)
        where entry.offset == location.offset {
            // If the disk refuses, the next run finds the damage again.
            do throws(SystemError) { try writer.markPurged(number) } catch { continue }
        }
    }
}
