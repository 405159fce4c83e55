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
            guard let entries = writer.entries(of: original) else {
                // Whether some of it is there can not be known any more: then none may be.
                dropUnreadable(writer.generation.number)
                continue
            }
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

    /// Where renditions of `original` lie, in no order; nothing of them is read. Cost: a few
    /// microseconds for each.
    func places(of original: ContentHash, atMost limit: Int) -> RenditionPlaces {
        loadAll()
        var places = RenditionPlaces()
        for writer in generations {
            // One more tells that there are more.
            let wanted = limit + 1 - places.list.count
            for (_, entry) in writer.entries(of: original, atMost: wanted) ?? []
            where isInTable(entry, of: writer.generation) {
                places.list.append((writer.generation, entry))
            }
        }
        places.hasMore = places.list.count > limit
        if places.hasMore { places.list.removeLast() }
        return places
    }

    private func isInTable(_ entry: IndexEntry, of generation: Generation) -> Bool {
        let found = table.find(state.hasher.hash(entry.key)) {
            $0.tag == generation.tag && $0.offset == entry.offset
        }
        return found != nil
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
        for (number, entry) in writer.entries(of: key.original) ?? []
        where entry.offset == location.offset {
            // If the disk refuses, the next run finds the damage again.
            do throws(SystemError) { try writer.markPurged(number) } catch { continue }
        }
    }
    /// A generation that can not be read everywhere goes whole: nobody knows what else of it fails.
    func dropUnreadable(_ number: UInt64) {
        guard let writer = generations.first(where: { $0.generation.number == number })
        else { return }  // Said before by somebody else.
        if eviction?.victim === writer { eviction = nil }
        for row in rows.indices {
            rows[row].sealed.removeAll { $0 === writer }
            if rows[row].open === writer { rows[row].open = nil }
        }
        unloaded.removeAll { $0 === writer }
        table.removeAll(of: writer.generation.tag)
        state.counters.damagedGenerations.add(1)
        state.counters.entries.set(table.count)
        forget(writer.generation)
    }
}
