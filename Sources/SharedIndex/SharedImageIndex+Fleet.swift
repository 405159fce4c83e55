package import ImageIndex
internal import PostgreSQL
package import Rendition
internal import Store

// What edges tell each other beside states.
extension SharedImageIndex {
    private static let attempts = 16
    /// Two seconds of them: as long as an edge that is alive may take.
    private static let looks = 40
    private static let pause = Duration.milliseconds(50)

    /// Looks, that is half a minute.
    private static let claimLooks = 600

    /// By a lock of this edge's session, which goes with it: one that falls keeps nobody waiting.
    package func claim(_ hash: ContentHash) async throws(ImageIndexError) {
        for _ in 0..<Self.claimLooks {
            do throws(DatabaseError) {
                let rows = try line.ask(
                    Statement(
                        "select pg_try_advisory_lock($1::bigint)", [.number(hash.lockNumber)]))
                if rows.isTrue(0, 0) { return }
            } catch { throw ImageIndexError(StoreError(error)) }
            try? await Task.sleep(for: Self.pause)
        }
        throw .busy
    }

    package func release(_ hash: ContentHash) async -> Bool {
        let rows = try? line.ask(
            Statement("select pg_advisory_unlock($1::bigint)", [.number(hash.lockNumber)]))
        return rows?.isTrue(0, 0) ?? false
    }

    package func announcePurge(of hash: ContentHash) async throws(ImageIndexError) {
        let (name, records) = (StateKey.purge(hash), SharedRecords(line))
        // Another one each time: what is the same is no change.
        let bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        for attempt in 1... {
            do throws(StoreError) {
                let known = try records.records(of: [name])[name]
                return try records.enter([
                    StateChange(name: name, bytes: bytes, expected: known?.number ?? 0)
                ])
            } catch {
                guard error == .collided, attempt < Self.attempts else {
                    throw ImageIndexError(error)
                }
            }
        }
    }

    package func confirmation(of hash: ContentHash, isPurge: Bool) async -> EdgeCount? {
        let name = isPurge ? StateKey.purge(hash) : StateKey.image(hash).name
        var count = EdgeCount(confirmed: 0, known: 0)
        guard let record = try? SharedRecords(line).records(of: [name])[name] else { return count }
        for look in 1...Self.looks {
            let rows = try? line.ask(
                Statement(
                    """
                    select count(*) filter (where n >= $1::bigint), count(*) from pollex_edge \
                    where seen > now() - interval '10 s'
                    """, [.number(record.number)]))
            guard let confirmed = rows?.number(0, 0), let known = rows?.number(0, 1)
            else { return count }
            count = EdgeCount(confirmed: Int(confirmed), known: Int(known))
            if confirmed == known || look == Self.looks { break }
            try? await Task.sleep(for: Self.pause)
        }
        return count
    }
}

extension ContentHash {
    /// Two that have the same wait for each other, no worse.
    fileprivate var lockNumber: Int64 {
        (0..<8).reduce(0) { $0 << 8 | Int64(bytes[$1]) }
    }
}
