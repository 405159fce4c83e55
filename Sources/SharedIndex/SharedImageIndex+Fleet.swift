package import ImageIndex
internal import LinuxIO
internal import PostgreSQL
package import Rendition
internal import Store

// What edges tell each other beside states.
extension SharedImageIndex {
    private static let attempts = 16
    /// As long as an edge that is alive may take.
    private static let confirmationTime = Duration.seconds(2)
    static let pause = Duration.milliseconds(50)

    package func announcePurge(of hash: ContentHash) async throws(ImageIndexError) {
        let name = StateKey.purge(hash)
        // Another one each time: what is the same is no change.
        let bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        for attempt in 1... {
            do throws(StoreError) {
                return try await waiting { line throws(StoreError) in
                    let records = SharedRecords(line)
                    let known = try records.records(of: [name])[name]
                    try records.enter([
                        StateChange(name: name, bytes: bytes, expected: known?.number ?? 0)
                    ])
                }
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
        let records = try? await waiting { line throws(StoreError) in
            try SharedRecords(line).records(of: [name])
        }
        guard let record = records?[name] else { return count }
        let end = Clock.monotonic() + Self.confirmationTime
        while true {
            let rows = try? await asked { line throws(DatabaseError) in
                try line.ask(
                    Statement(
                        """
                        select count(*) filter (where n >= $1::bigint), count(*) \
                        from pollex_edge where seen > now() - interval '10 s'
                        """, [.number(record.number)]))
            }
            guard let confirmed = rows?.number(0, 0), let known = rows?.number(0, 1)
            else { return count }
            count = EdgeCount(confirmed: Int(confirmed), known: Int(known))
            if confirmed == known || Clock.monotonic() >= end { break }
            try? await Task.sleep(for: Self.pause)
        }
        return count
    }
}
