internal import Configuration
internal import Events
internal import ImageIndex
internal import LinuxIO
internal import PostgreSQL
internal import SharedIndex
internal import Store

/// Brings an index from a directory into the database that edges share, and back.
struct IndexCopy {
    private static let batchCount = 500
    private static let pageCount = 1000
    private let records: SharedRecords

    /// - Parameter place: libpq's connection string.
    init(_ place: String) throws(CommandFailure) {
        var line = Line.Place(place)
        // Nobody waits for a command.
        line.answerMilliseconds = 60_000
        do throws(Schema.Failure) { records = try SharedRecords(line) } catch {
            throw .failed("the index's database: \(error)")
        }
    }

    /// What the database has already stays as it is there.
    struct Sent {
        var count = 0
        /// In both, and not the same.
        var others = 0
    }

    func send(_ directory: String) throws(CommandFailure) -> Sent {
        var sent = Sent()
        var batch: [(name: [UInt8], bytes: [UInt8])] = []
        var failure: CommandFailure?
        var events: [UntoldEvent] = []
        do throws(StoredIndex.Failure) {
            let index = try StoredIndex(directory: directory)
            try index.forEachState { name, bytes in
                batch.append((name, bytes))
                guard batch.count == Self.batchCount else { return true }
                do throws(CommandFailure) { try enter(&batch, &sent) } catch { failure = error }
                return failure == nil
            }
            events = try index.untoldEvents()
        } catch { throw .failed("\(directory): \(error)") }
        if let failure { throw failure }
        try enter(&batch, &sent)
        try send(events)
        return sent
    }

    private func enter(
        _ batch: inout [(name: [UInt8], bytes: [UInt8])], _ sent: inout Sent
    ) throws(CommandFailure) {
        do throws(StoreError) {
            let known = try records.records(of: batch.map(\.name))
            var changes: [StateChange] = []
            for (name, bytes) in batch {
                if let known = known[name] {
                    if known.bytes != bytes { sent.others += 1 }
                } else {
                    changes.append(StateChange(name: name, bytes: bytes, expected: 0))
                }
            }
            if !changes.isEmpty { try records.enter(changes) }
            sent.count += changes.count
        } catch { throw .failed("the index's database: \(error)") }
        batch = []
    }

    private func send(_ events: [UntoldEvent]) throws(CommandFailure) {
        for start in stride(from: 0, to: events.count, by: Self.batchCount) {
            let some = events[start..<min(start + Self.batchCount, events.count)]
            do throws(StoreError) { try records.enter([], Array(some)) } catch {
                throw .failed("the index's database: \(error)")
            }
        }
    }

    /// All but tokens and events, into a directory that is there and empty; how many.
    func fetch(into directory: String) throws(CommandFailure) -> Int {
        do throws(ImageIndexError) {
            let index = try LocalImageIndex(directory: directory)
            var (position, count) = (Int64(0), 0)
            while true {
                let from = position
                let followed = try index.follow { read(after: from) }
                guard followed.position > from else { break }
                position = followed.position
                count += followed.changedCount
            }
            index.close()
            return count
        } catch { throw .failed("\(directory): \(error)") }
    }

    private func read(after position: Int64) -> Result<LocalImageIndex.Feed, StoreError> {
        Result { () throws(StoreError) in
            let found = try records.records(after: position, limit: Self.pageCount)
            var feed = LocalImageIndex.Feed(position: found.last?.record.number ?? position)
            for (name, record) in found {
                if case .token? = StateKey(name: name) { continue }
                feed.states.append((name, record.bytes))
            }
            return feed
        }
    }
}
