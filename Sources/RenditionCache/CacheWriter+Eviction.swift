internal import LinuxIO
internal import Rendition

extension CacheWriter {
    /// The oldest generation of a row on its way out, looked at entry by entry.
    struct Eviction {
        let victim: GenerationWriter
        var nextEntry = 0
        var seenByteCount = 0
        var carriedByteCount = 0
        /// What has come in since it began.
        var insertedByteCount = 0
    }

    /// Makes the open generation of `row`, evicting until there is room. `false` when the disk
    /// refuses or, for what is carried, when there is no room.
    func openGeneration(_ row: Row, byteCount size: Int, isCarrying: Bool) -> Bool {
        if !isCarrying {
            let wanted = size + geometry.generationByteCount
            if !unloaded.isEmpty, !hasRoom(for: wanted) { loadAll() }
            while !hasRoom(for: wanted), evictOldest() {}
            // Evicting may have opened this row's next generation to carry into.
            if rows[Int(row.rawValue)].open != nil { return true }
        }
        guard hasRoom(for: size) else { return false }
        do throws(SystemError) {
            let generation = try Generation(
                creatingIn: directoryPath, number: nextNumber, row: row, tag: takeTag(),
                byteCount: size, boot: boot)
            nextNumber += 1
            rows[Int(row.rawValue)].open = GenerationWriter(generation)
            countDisk()
            publish()
            return true
        } catch {
            suspend(error)
            return false
        }
    }

    func hasRoom(for byteCount: Int) -> Bool {
        generations.reduce(byteCount) { $0 + $1.diskByteCount } <= geometry.usableByteCount
    }

    func countDisk() {
        state.counters.diskBytes.set(generations.reduce(0) { $0 + $1.diskByteCount })
    }

    /// One step for what came in since the last: the eviction is over when half a generation has.
    func evictInStep() {
        if directory == nil || retryNanoseconds != nil || !unloaded.isEmpty { return }
        if eviction == nil {
            if hasRoom(for: 2 * geometry.generationByteCount) || !beginEviction() { return }
        }
        guard let current = eviction else { return }
        let share = Double(current.insertedByteCount) * 2 / Double(geometry.generationByteCount)
        let goal = Int(share * Double(current.victim.indexCount)) + 1
        evict(upTo: goal)
    }

    /// `false` when there is nothing to evict.
    func evictOldest() -> Bool {
        if eviction == nil, !beginEviction() { return false }
        evict(upTo: .max)
        return retryNanoseconds == nil
    }

    private func beginEviction() -> Bool {
        let (probation, main) = (rows[0], rows[1])
        var row = policy.rowToEvict(
            probationCount: probation.all.count, mainCount: main.sealed.count)
        if rows[Int(row.rawValue)].sealed.isEmpty { row = row == .main ? .probation : .main }
        if rows[Int(row.rawValue)].sealed.isEmpty { seal(row) }
        guard let victim = rows[Int(row.rawValue)].sealed.first else { return false }
        eviction = Eviction(victim: victim)
        return true
    }

    private func evict(upTo goal: Int) {
        guard var current = eviction else { return }
        let victim = current.victim
        while current.nextEntry < min(goal, victim.indexCount), retryNanoseconds == nil {
            let number = current.nextEntry
            current.nextEntry += 1
            switch victim.generation.indexEntry(number, isTrusted: true) {
            case .entry(let entry): decide(entry, &current)
            case .empty, .damaged: continue
            case .unreadable:
                flush()
                return dropUnreadable(victim.generation.number)
            }
        }
        // What came in while carrying was counted there.
        current.insertedByteCount = eviction?.insertedByteCount ?? 0
        eviction = current
        if current.nextEntry == victim.indexCount { finishEviction(victim) }
    }

    private func decide(_ entry: IndexEntry, _ current: inout Eviction) {
        let generation = current.victim.generation
        let hash = state.hasher.hash(entry.key)
        let found = table.find(hash) {
            $0.tag == generation.tag && $0.offset == entry.offset
        }
        guard let (slot, location) = found else { return }
        current.seenByteCount += entry.recordByteCount
        let verdict = policy.verdict(
            from: generation.row, hits: location.hits, byteCount: entry.recordByteCount,
            seen: current.seenByteCount, carried: current.carriedByteCount)
        switch verdict {
        case .carry(let hits):
            if carry(entry, from: current.victim, location, hash, hits: hits) {
                current.carriedByteCount += entry.recordByteCount
            } else {
                drop(slot)
            }
        case .drop(let leavesGhost):
            if leavesGhost { leaveGhost(hash) }
            drop(slot)
        }
    }

    private func drop(_ slot: Int) {
        table.remove(slot)
        state.counters.evictions.add(1)
        state.counters.entries.set(table.count)
    }

    /// Stages a copy at the young end of the main row; `false` where there is no room for it.
    private func carry(
        _ entry: IndexEntry, from victim: GenerationWriter, _ old: Location, _ hash: KeyHash,
        hits: Int
    ) -> Bool {
        let byteCount = entry.recordByteCount
        let range = entry.offset..<entry.offset + byteCount
        guard
            victim.generation.canHold(
                offset: entry.offset, recordByteCount: byteCount, indexCount: 0),
            let writer = room(forRecordOf: byteCount, in: .main, isCarrying: true)
        else { return false }
        let offset: Int
        do throws(SystemError) {
            offset = try writer.stage(entry.key, copyOf: range, of: victim.generation)
        } catch {
            // The copy of a page that can not be read: what is lost of the old is not the new's.
            if error == .unreadable { state.counters.integrityFailures.add(1) } else { fail(error) }
            return false
        }
        let new = Location(
            offset: offset, tag: writer.generation.tag, hash: hash, hits: hits,
            isVerified: old.isVerified)
        pending.append(.carried(from: old, hash, to: new))
        return true
    }

    private func finishEviction(_ victim: GenerationWriter) {
        flush()
        eviction = nil
        for row in rows.indices { rows[row].sealed.removeAll { $0 === victim } }
        forget(victim.generation)
    }

    /// Nobody finds it any more. Its map stays with those who read it.
    func forget(_ generation: Generation) {
        publish()
        retired.add(generation)
        removeFile(of: generation.number)
        countDisk()
    }

    /// A file that can not be removed is found at the next
    /// start, as a generation.
    private func removeFile(of number: UInt64) {
        do throws(SystemError) {
            try directory?.remove(Generation.name(number))
        } catch {
            if error.code != 2 { suspend(error) }  // ENOENT: somebody else has.
        }
    }

    private func takeTag() -> Int {
        let taken = Set(generations.map(\.generation.tag))
        repeat {
            nextTag = nextTag % Location.maximumTag + 1
        } while taken.contains(nextTag)
        return nextTag
    }
}
