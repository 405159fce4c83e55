internal import LinuxIO
internal import Rendition

extension CacheWriter {
    /// Takes the directory and finds what is in it; suspends writing where that fails.
    func open() {
        do throws(SystemError) {
            let directory = try Directory(at: directoryPath)
            guard try directory.lock() else {
                state.counters.setWriting(.directoryInUse)
                retryNanoseconds = Clock.monotonicNanoseconds() + retryIntervalNanoseconds
                return
            }
            try find(in: directory)
            self.directory = consume directory
            retryNanoseconds = nil
            state.counters.setWriting(.active)
        } catch {
            suspend(error)
        }
    }

    /// Nothing is written for a while. What the state says lasts until something has been.
    func suspend(_ error: SystemError) {
        let reason: CacheStatistics.Writing =
            error.isStorageFull ? .diskFull : .directoryUnusable
        state.counters.setWriting(reason)
        retryNanoseconds = Clock.monotonicNanoseconds() + retryIntervalNanoseconds
    }

    func retryIfDue() {
        guard let due = retryNanoseconds, Clock.monotonicNanoseconds() >= due else { return }
        if directory == nil { return open() }
        retryNanoseconds = nil
        // The directory may have been removed and is then made anew; its lock is only a courtesy.
        do throws(SystemError) { _ = try Directory(at: directoryPath) } catch { suspend(error) }
    }

    /// Opens every generation; what is none is removed and counted.
    private func find(in directory: borrowing Directory) throws(SystemError) {
        var found: [Generation] = []
        for name in try directory.names() {
            guard let number = Generation.number(fromName: name) else { continue }
            nextNumber = max(nextNumber, number + 1)
            let tag = found.count + 1
            switch try openGeneration(number, tag) {
            case .generation(let generation):
                found.append(generation)
                continue
            case .unfinished: break
            case .damaged: state.counters.damagedGenerations.add(1)
            }
            do throws(SystemError) {
                try directory.remove(name)
            } catch {
                continue  // Not writable: it is not read either.
            }
        }
        nextTag = found.count
        found.sort { $0.number < $1.number }
        unloaded = found.map { GenerationWriter($0) }
        let expected = unloaded.reduce(0) { $0 + $1.estimatedIndexCount() }
        table = EntryTable(slotCount: EntryTable.slotCount(forEntries: expected))
        countDisk()
        publish()
        if unloaded.isEmpty { state.counters.isLoaded.set(true) }
    }

    private func openGeneration(
        _ number: UInt64, _ tag: Int
    ) throws(SystemError) -> Generation.Opened {
        if tag > Location.maximumTag { return .damaged }
        do throws(SystemError) {
            return try Generation.open(in: directoryPath, number: number, tag: tag)
        } catch {
            if error.isOutOfDescriptors { throw error }
            return .damaged
        }
    }

    func loadAll() { while !unloaded.isEmpty { loadOne() } }

    /// Reads the index of the youngest generation not yet read. The youngest of a row goes on being
    /// written, if this run of the system wrote it.
    func loadOne() {
        guard let writer = unloaded.last else { return }
        let generation = writer.generation
        let view = state.view
        let damaged = writer.load { entry in
            let hash = state.hasher.hash(entry.key)
            if find(entry.key, hash, in: view) != nil { return }
            makeTableRoom()
            let location = Location(
                offset: entry.offset, tag: generation.tag, hash: hash, hits: 0, isVerified: false)
            table.insert(location, hash: hash)
        }
        unloaded.removeLast()
        state.counters.integrityFailures.add(damaged)
        state.counters.entries.set(table.count)
        let row = Int(generation.row.rawValue)
        if rows[row].sealed.isEmpty, rows[row].open == nil, mayResume(writer) {
            rows[row].open = writer
        } else {
            writer.seal()
            rows[row].sealed.insert(writer, at: 0)
        }
        if unloaded.isEmpty {
            state.counters.isLoaded.set(true)
            // A smaller budget than last time.
            while !hasRoom(for: 0), evictOldest() {}
        }
    }

    private func mayResume(_ writer: GenerationWriter) -> Bool {
        let generation = writer.generation
        guard generation.boot == boot, generation.file.isWritable,
            generation.file.byteCount == geometry.generationByteCount
        else { return false }
        do throws(SystemError) {
            try writer.resume()
            return true
        } catch {
            return false
        }
    }
}
