internal import Digest
internal import LinuxIO
internal import Rendition
internal import Synchronization

/// Those originals of a store elsewhere that lie on this machine too: as many as there is room for,
/// those that were used last.
///
/// What holds: a file has its name only if its bytes have been found to be those of the name. A
/// crash of the machine may undo that, and files are found again at the start, so then each is
/// compared with its name once more before it is used. Nothing is evicted that is held; what is
/// held may go beyond the budget, and is bounded by who holds it.
final class LocalTier: Sendable {
    private struct Entry {
        var byteCount: Int
        var lastUse: UInt64
        /// Compared with its name by this process.
        var isProven: Bool
        var holdCount = 0
        /// Taken away while it was held: goes with the last hold.
        var isDeleted = false
    }

    private struct State {
        var entries: [ContentHash: Entry] = [:]
        var byteCount = 0
        var clock: UInt64 = 0

        mutating func tick() -> UInt64 {
            clock += 1
            return clock
        }

        mutating func remove(_ hash: ContentHash) {
            guard let entry = entries.removeValue(forKey: hash) else { return }
            byteCount -= entry.byteCount
        }

        /// Those that have to go for the rest to be within the budget: a twentieth more than has
        /// to, so that they are not put in order each time.
        mutating func takeSurplus(budget: Int) -> [ContentHash] {
            guard byteCount > budget else { return [] }
            let idle = entries.filter { $0.value.holdCount == 0 }
                .sorted { $0.value.lastUse < $1.value.lastUse }
            var surplus: [ContentHash] = []
            for (hash, _) in idle where byteCount > budget - budget / 20 {
                remove(hash)
                surplus.append(hash)
            }
            return surplus
        }
    }

    let byteBudget: Int
    private let folder: OriginalFolder
    private let state = Mutex(State())

    /// Finds what an earlier process left, in the order in which it was written.
    init(directory path: String, byteBudget: Int) throws(OriginalsError) {
        folder = try OriginalFolder(at: path)
        self.byteBudget = byteBudget
        var found: [(hash: ContentHash, byteCount: Int, modified: Int64)] = []
        do throws(SystemError) {
            try OriginalPlace.forEach(in: folder.directory) { place in
                guard let status = try? folder.directory.status(place.file), status.isRegularFile
                else { return true }
                found.append((place.hash, status.byteCount, status.modifiedSeconds))
                return true
            }
        } catch { throw OriginalsError(error) }
        found.sort { $0.modified < $1.modified }
        for (hash, byteCount, _) in found { enter(hash, byteCount, isProven: false) }
        evict()
    }

    var statistics: (count: Int, byteCount: Int) {
        state.withLock { ($0.entries.count, $0.byteCount) }
    }

    func begin() throws(OriginalsError) -> OriginalWriter { try folder.begin() }
    func openPartial() throws(OriginalsError) -> PartialFolder { try folder.openPartial() }

    /// Where something that is fetched is written until it is whole.
    func createUnnamed() throws(SystemError) -> SharedDescriptor {
        SharedDescriptor(try folder.directory.createUnnamed())
    }

    /// What is here and known to be right. Waits for nothing.
    func hold(_ hash: ContentHash) -> OriginalHold? {
        let isHeld = state.withLock { state in
            guard state.entries[hash]?.isProven == true, state.entries[hash]?.isDeleted == false
            else { return false }
            state.entries[hash]?.holdCount += 1
            let now = state.tick()
            state.entries[hash]?.lastUse = now
            return true
        }
        return isHeld ? OriginalHold { [self] in release(hash) } : nil
    }

    private func release(_ hash: ContentHash) {
        let surplus = state.withLock { state -> [ContentHash] in
            state.entries[hash]?.holdCount -= 1
            guard let entry = state.entries[hash], entry.holdCount == 0 else { return [] }
            if entry.isDeleted {
                state.remove(hash)
                return [hash]
            }
            return state.takeSurplus(budget: byteBudget)
        }
        discard(surplus)
    }

    func open(_ hash: ContentHash) throws(OriginalsError) -> StoredOriginal {
        do throws(OriginalsError) { return try folder.open(hash) } catch {
            // Somebody has tidied up: it is looked at again, and found missing.
            if error == .notFound { state.withLock { $0.entries[hash]?.isProven = false } }
            throw error
        }
    }

    /// Compares what an earlier process left with its name; what is wrong goes.
    func prove(_ hash: ContentHash) -> OriginalHold? {
        guard state.withLock({ $0.entries[hash]?.isProven == false }) else { return hold(hash) }
        guard let stored = try? folder.open(hash),
            let digest = try? SHA256Digest(ofFile: stored.descriptor.rawValue),
            ContentHash(digest) == hash
        else {
            remove(hash)
            return nil
        }
        state.withLock { $0.entries[hash]?.isProven = true }
        return hold(hash)
    }

    /// Gives a file that has no name its own. Its bytes have been found to be right.
    func keep(
        _ file: SharedDescriptor, _ hash: ContentHash, byteCount: Int
    ) throws(OriginalsError) -> OriginalHold {
        let place = OriginalPlace(hash)
        do throws(SystemError) {
            try folder.makeRoom(for: place)
            try folder.directory.link(file, as: place.file)
        } catch { throw OriginalsError(writing: error) }
        return enterHeld(hash, byteCount)
    }

    /// The same of an upload, which was hashed as it came.
    func keep(_ original: borrowing FinishedOriginal) throws(OriginalsError) {
        let place = OriginalPlace(original.hash)
        do throws(SystemError) {
            try folder.makeRoom(for: place)
            try folder.directory.rename(original.file.name, to: place.file)
        } catch { throw OriginalsError(writing: error) }
        _ = enterHeld(original.hash, original.byteCount)
    }

    private func enterHeld(_ hash: ContentHash, _ byteCount: Int) -> OriginalHold {
        enter(hash, byteCount, isProven: true, holds: 1)
        evict()
        return OriginalHold { [self] in release(hash) }
    }

    private func enter(
        _ hash: ContentHash, _ byteCount: Int, isProven: Bool, holds: Int = 0
    ) {
        state.withLock { state in
            let holdCount = (state.entries[hash]?.holdCount ?? 0) + holds
            state.remove(hash)
            state.entries[hash] = Entry(
                byteCount: byteCount, lastUse: state.tick(), isProven: isProven,
                holdCount: holdCount)
            state.byteCount += byteCount
        }
    }

    private func evict() { discard(state.withLock { $0.takeSurplus(budget: byteBudget) }) }

    /// At once for who asks from now on; its file goes when nobody holds it.
    func remove(_ hash: ContentHash) {
        let isIdle = state.withLock { state in
            guard let entry = state.entries[hash] else { return false }
            guard entry.holdCount == 0 else {
                state.entries[hash]?.isDeleted = true
                return false
            }
            state.remove(hash)
            return true
        }
        if isIdle { discard([hash]) }
    }

    /// Files that are entered no more. One that has come again meanwhile goes too, which its
    /// reader notices and fetches it once more.
    private func discard(_ hashes: [ContentHash]) {
        for hash in hashes { try? folder.directory.remove(OriginalPlace(hash).file) }
    }
}
