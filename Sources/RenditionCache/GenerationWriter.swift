internal import LinuxIO
internal import Rendition

/// The writer's side of a generation: appends records and their index entries, in groups.
///
/// What holds: a group's records are written before its index entries, so that an entry in the
/// index of a killed process's file names a whole record; what has been written once stays as it
/// is, but for the flags of index entries.
final class GenerationWriter {
    /// Index entries written at once, and so the most that may be torn by a kill.
    static let maximumGroupCount = 256
    /// Bytes of records written at once, unless one record is longer.
    static let maximumGroupByteCount = 8 << 20
    /// From here on a body is written from where it is, below it is cheaper to gather.
    private static let directByteCount = 32 << 10

    let generation: Generation
    private(set) var indexCount = 0
    private var dataEnd = Generation.dataOffset
    private var stagedRecords: [UInt8] = []
    /// Where they belong.
    private var stagedOffset = Generation.dataOffset
    private var stagedEntries: [IndexEntry] = []
    /// For each index entry the first four bytes of its original and its number; in order of the
    /// originals up to `sortedCount`.
    private var originals: [UInt64] = []
    private var sortedCount = 0

    /// What its file takes on the disk: its size, and what more the file system says it needs.
    let diskByteCount: Int

    init(_ generation: Generation) {
        self.generation = generation
        let allocated = (try? generation.file.allocatedByteCount()) ?? 0
        diskByteCount = max(allocated, generation.file.byteCount)
    }

    /// What is kept in memory of its entries.
    var memoryByteCount: Int { originals.capacity * MemoryLayout<UInt64>.size }

    var capacity: Int { generation.file.byteCount }
    var flushedIndexCount: Int { indexCount - stagedEntries.count }

    func hasRoom(forRecordOf byteCount: Int) -> Bool {
        dataEnd + Self.padded(byteCount) + (indexCount + 1) * IndexEntry.byteCount <= capacity
    }

    /// The least size of a generation that holds such a record.
    static func capacity(forRecordOf byteCount: Int) -> Int {
        let needed = Generation.dataOffset + padded(byteCount) + IndexEntry.byteCount
        return (needed + 4095) / 4096 * 4096
    }

    var isGroupFull: Bool {
        stagedEntries.count == Self.maximumGroupCount
            || stagedRecords.count >= Self.maximumGroupByteCount
    }

    /// Stages a record made of `start` and `body`, and says where it will lie. Needs room; nobody
    /// finds it before `flush`.
    func stage(
        _ key: RenditionKey, body: [UInt8], _ start: (inout [UInt8]) -> Void
    ) throws(SystemError) -> Int {
        let staged = stagedRecords.count
        start(&stagedRecords)
        let byteCount = stagedRecords.count - staged + body.count
        if body.count < Self.directByteCount {
            stagedRecords.append(contentsOf: body)
        } else {
            try writeRecords()
            try generation.file.write(body, at: stagedOffset)
            stagedOffset += body.count
        }
        return finishRecord(key, byteCount)
    }

    /// Stages a copy of a whole record of another generation.
    func stage(
        _ key: RenditionKey, copyOf range: Range<Int>, of other: Generation
    ) throws(SystemError) -> Int {
        if range.count < Self.directByteCount {
            guard other.file.append(range, to: &stagedRecords) else { throw .unreadable }
        } else {
            try writeRecords()
            try generation.file.write(range, of: other.file, at: stagedOffset)
            stagedOffset += range.count
        }
        return finishRecord(key, range.count)
    }

    private func finishRecord(_ key: RenditionKey, _ byteCount: Int) -> Int {
        precondition(!isGroupFull && hasRoom(forRecordOf: byteCount))
        let offset = dataEnd
        dataEnd += Self.padded(byteCount)
        if stagedRecords.isEmpty {
            stagedOffset = dataEnd  // The padding is zero already.
        } else {
            let padding = Self.padded(byteCount) - byteCount
            stagedRecords.append(contentsOf: repeatElement(0, count: padding))
        }
        stagedEntries.append(IndexEntry(key: key, offset: offset, recordByteCount: byteCount))
        originals.append(Self.mark(key.original, indexCount))
        indexCount += 1
        return offset
    }

    private func writeRecords() throws(SystemError) {
        if stagedRecords.isEmpty { return }
        try generation.file.write(stagedRecords, at: stagedOffset)
        stagedOffset += stagedRecords.count
        stagedRecords.removeAll(keepingCapacity: true)
    }

    func flush() throws(SystemError) {
        if stagedEntries.isEmpty { return }
        try writeRecords()
        var entries: [UInt8] = []
        entries.reserveCapacity(stagedEntries.count * IndexEntry.byteCount)
        for entry in stagedEntries.reversed() { entry.append(to: &entries) }
        try generation.file.write(
            entries, at: generation.indexRange(indexCount - 1).lowerBound)
        stagedEntries.removeAll(keepingCapacity: true)
    }

    /// About how many entries a file has whose index has not been read; by halving.
    func estimatedIndexCount() -> Int {
        let most =
            (capacity - Generation.dataOffset) / (IndexEntry.byteCount + Record.headerByteCount)
        var (low, high) = (0, most)
        while low < high {
            let middle = (low + high) / 2
            if case .entry = generation.indexEntry(middle, isTrusted: false) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// Entries found in the file are the index from now on; calls `body` with each that is whole.
    /// Returns how many were damaged.
    func load(_ body: (IndexEntry) -> Void) -> Int {
        var damaged = 0
        // A full generation has no empty entry at the end: there the records begin.
        while generation.indexRange(indexCount).lowerBound >= dataEnd {
            switch generation.indexEntry(indexCount, isTrusted: false) {
            case .empty: return damaged
            case .damaged, .unreadable: damaged += 1
            case .entry(let entry):
                let end = entry.offset + entry.recordByteCount
                guard
                    generation.canHold(
                        offset: entry.offset, recordByteCount: entry.recordByteCount,
                        indexCount: indexCount + 1)
                else {
                    damaged += 1
                    break
                }
                dataEnd = max(dataEnd, Self.padded(end))
                originals.append(Self.mark(entry.key.original, indexCount))
                if !entry.isPurged { body(entry) }
            }
            indexCount += 1
        }
        return damaged
    }

    /// Makes a loaded generation fit for more: what a torn write may have left further on in the
    /// index is cleared.
    func resume() throws(SystemError) {
        stagedOffset = dataEnd
        let end = generation.indexRange(indexCount).upperBound
        let torn = min(Self.maximumGroupCount * IndexEntry.byteCount, end - dataEnd)
        guard torn > 0 else { return }
        try generation.file.write(
            [UInt8](repeating: 0, count: torn), at: end - torn)
    }

    /// No more will come.
    func seal() {
        originals.sort()
        sortedCount = originals.count
    }

    /// The index entries of one original, in no order, and no more than so many. Cost: a binary
    /// search, and a scan of what was added since the generation was last sealed. `nil` when the
    /// index can not be read.
    func entries(
        of original: ContentHash, atMost limit: Int = .max
    ) -> [(number: Int, entry: IndexEntry)]? {
        let lowest = Self.mark(original, 0)
        let highest = lowest | UInt64(UInt32.max)
        var (low, high) = (0, sortedCount)
        while low < high {
            let middle = (low + high) / 2
            if originals[middle] < lowest { low = middle + 1 } else { high = middle }
        }
        let sorted = originals[low..<sortedCount].prefix { $0 <= highest }
        let unsorted = originals[sortedCount...].filter { $0 >= lowest && $0 <= highest }
        var found: [(number: Int, entry: IndexEntry)] = []
        for mark in sorted + unsorted where found.count < limit {
            let number = Int(mark & UInt64(UInt32.max))
            switch generation.indexEntry(number, isTrusted: true) {
            case .unreadable: return nil
            case .entry(let entry) where entry.key.original == original && !entry.isPurged:
                found.append((number, entry))
            case .entry, .empty, .damaged: continue
            }
        }
        return found
    }

    /// Keeps an entry from being found after a restart.
    func markPurged(_ number: Int) throws(SystemError) {
        var flags: [UInt8] = []
        flags.append(littleEndian: IndexEntry.purgedFlag)
        try generation.file.write(
            flags,
            at: generation.indexRange(number).lowerBound + IndexEntry.flagsOffset)
    }

    private static func mark(_ original: ContentHash, _ number: Int) -> UInt64 {
        let prefix = (0..<4).reduce(UInt64(0)) { $0 << 8 | UInt64(original.bytes[$1]) }
        return prefix << 32 | UInt64(number)
    }

    static func padded(_ byteCount: Int) -> Int {
        (byteCount + Record.alignment - 1) / Record.alignment * Record.alignment
    }
}
