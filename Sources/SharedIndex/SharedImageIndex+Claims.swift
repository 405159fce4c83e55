package import ImageIndex
internal import LinuxIO
internal import PostgreSQL
package import Rendition
internal import Synchronization

// What one edge keeps all others from doing: rows that say who, and until when by the database's
// clock. An edge that falls keeps the others waiting until then, and what it had sent to a store
// has that time to be carried out.
extension SharedImageIndex {
    package func claim(_ hash: ContentHash, before end: Duration) async throws(ImageIndexError) {
        while Clock.monotonic() < end {
            if try await take(hash) {
                let time = settings.claimTime
                // What takes long is held for as long as it takes.
                return claims.begin(hash, lasting: time, on: waiter) { [weak self] in
                    _ = try? await self?.extend(claim: hash, by: time)
                }
            }
            repeat {
                try? await Task.sleep(for: Self.pause)
            } while try await isTaken(hash) && Clock.monotonic() < end
        }
        throw .busy
    }

    /// By another edge. Who only waits writes nothing.
    private func isTaken(_ hash: ContentHash) async throws(ImageIndexError) -> Bool {
        let others = Statement(
            """
            select 1 from pollex_claim \
            where key = $1::bytea and holder <> $2::bytea and ends > now()
            """, claimant(of: hash))
        return try await ask(others).count > 0
    }

    /// One's own is one's own still where the answer to the first try was lost; and where it was
    /// for longer it stays so.
    private func take(_ hash: ContentHash) async throws(ImageIndexError) -> Bool {
        let claim = Statement(
            """
            insert into pollex_claim as c (key, holder, ends) \
            values ($1::bytea, $2::bytea, now() + $3::bigint * interval '1 s') \
            on conflict (key) do update set holder = excluded.holder, \
            ends = case when c.holder = excluded.holder then greatest(c.ends, excluded.ends) \
            else excluded.ends end \
            where c.holder = excluded.holder or c.ends <= now() returning 1
            """, claimant(of: hash) + [.number(settings.claimTime.components.seconds)])
        return try await ask(claim).count == 1
    }

    package func extend(
        claim hash: ContentHash, by time: Duration
    ) async throws(ImageIndexError) -> Bool {
        let longer = Statement(
            """
            update pollex_claim set ends = greatest(ends, now() + $3::bigint * interval '1 s') \
            where key = $1::bytea and holder = $2::bytea and ends > now() returning 1
            """, claimant(of: hash) + [.number(time.components.seconds)])
        return try await ask(longer).count == 1
    }

    package func release(_ hash: ContentHash, isSettled: Bool) async -> Bool {
        claims.end(hash)
        if !isSettled { return (try? await extend(claim: hash, by: settings.claimTime)) ?? false }
        let rows = try? await ask(
            Statement(
                """
                delete from pollex_claim where key = $1::bytea and holder = $2::bytea \
                returning ends > now()
                """, claimant(of: hash)))
        guard let rows, rows.count == 1 else { return false }
        return rows.isTrue(0, 0)
    }

    private func claimant(of hash: ContentHash) -> [Statement.Value] {
        [.bytes(StateKey.image(hash).name), .bytes(edge.id)]
    }

    /// All of these may be asked twice: a connection that was lost while nobody asked costs nobody
    /// an answer.
    private func ask(_ statement: Statement) async throws(ImageIndexError) -> Rows {
        try await asked { line throws(DatabaseError) in try line.ask(statement) }
    }
}

/// Keeps what this edge has claimed from ending while it is at work.
final class Claims: Sendable {
    private let renewals = Mutex<[ContentHash: Task<Void, Never>]>([:])

    func begin(
        _ hash: ContentHash, lasting time: Duration, on executor: BlockingPool,
        renew: @escaping @Sendable () async -> Void
    ) {
        // Three may fail before it ends.
        let renewal = Task(executorPreference: executor) {
            while (try? await Task.sleep(for: time / 4)) != nil { await renew() }
        }
        renewals.withLock { $0.updateValue(renewal, forKey: hash) }?.cancel()
    }

    func end(_ hash: ContentHash) { renewals.withLock { $0.removeValue(forKey: hash) }?.cancel() }
}
