package import ImageIndex
internal import LinuxIO
internal import PostgreSQL
package import Rendition
internal import Synchronization

// What one edge keeps all others from doing: rows that say who, and until when by the database's
// clock. An edge that falls keeps the others waiting until then, and what it had sent to a store
// has that time to be carried out.
extension SharedImageIndex {
    /// Half a minute: longer than a claim of an edge that fell.
    private static let claimLooks = 600

    package func claim(_ hash: ContentHash) async throws(ImageIndexError) {
        for _ in 0..<Self.claimLooks {
            let now = Clock.monotonic()
            // One's own is one's own still where the answer to the first try was lost.
            let rows = try await asked { line throws(DatabaseError) in
                try line.run([
                    Statement(
                        """
                        insert into pollex_claim as c (key, holder, ends) \
                        values ($1::bytea, $2::bytea, now() + $3::bigint * interval '1 s') \
                        on conflict (key) do update set holder = excluded.holder, \
                        ends = excluded.ends where c.holder = excluded.holder or c.ends <= now()
                        """, claimant(of: hash) + [.number(claims.seconds)])
                ])
            }
            if rows.first?.changedCount == 1 {
                claims.begin(hash, at: now, on: waiter) { [weak self] in await self?.renew(hash) }
                return
            }
            try? await Task.sleep(for: Self.pause)
        }
        throw .busy
    }

    package func isClaimed(_ hash: ContentHash) -> Bool { claims.holds(hash) }

    package func release(_ hash: ContentHash, after rest: Duration?) async -> Bool {
        claims.end(hash)
        let key = claimant(of: hash)
        let seconds = Int64(rest?.components.seconds ?? 0) + 1
        let statement =
            rest == nil
            ? Statement(
                """
                delete from pollex_claim where key = $1::bytea and holder = $2::bytea \
                returning ends > now()
                """, key)
            : Statement(
                """
                update pollex_claim set ends = now() + $3::bigint * interval '1 s' \
                where key = $1::bytea and holder = $2::bytea and ends > now() returning true
                """, key + [.number(seconds)])
        let rows = try? await asked { line throws(DatabaseError) in try line.run([statement]) }
        guard let rows = rows?.first, rows.count == 1 else { return false }
        return rows.isTrue(0, 0)
    }

    private func claimant(of hash: ContentHash) -> [Statement.Value] {
        [.bytes(StateKey.image(hash).name), .bytes(edge.id)]
    }

    /// What takes long is held for as long as it takes.
    private func renew(_ hash: ContentHash) async {
        let now = Clock.monotonic()
        let rows = try? await asked { line throws(DatabaseError) in
            try line.run([
                Statement(
                    """
                    update pollex_claim set ends = now() + $3::bigint * interval '1 s' \
                    where key = $1::bytea and holder = $2::bytea and ends > now()
                    """, claimant(of: hash) + [.number(claims.seconds)])
            ])
        }
        if rows?.first?.changedCount == 1 { claims.extend(hash, from: now) }
    }
}

/// Which bytes this edge has claimed, and until when it can be sure of it.
final class Claims: Sendable {
    /// For which one is valid unless it is renewed.
    let seconds: Int64
    private var time: Duration { .seconds(seconds) }

    private struct Claim {
        var end: Duration
        let renewal: Task<Void, Never>
    }

    private let held = Mutex<[ContentHash: Claim]>([:])

    init(lasting time: Duration) { seconds = time.components.seconds }

    func begin(
        _ hash: ContentHash, at now: Duration, on executor: BlockingPool,
        renew: @escaping @Sendable () async -> Void
    ) {
        // Three may fail before it ends.
        let pause = time / 4
        let renewal = Task(executorPreference: executor) {
            while (try? await Task.sleep(for: pause)) != nil { await renew() }
        }
        let claim = Claim(end: now + time, renewal: renewal)
        held.withLock { $0.updateValue(claim, forKey: hash) }?.renewal.cancel()
    }

    func extend(_ hash: ContentHash, from now: Duration) {
        held.withLock { $0[hash]?.end = now + time }
    }

    func holds(_ hash: ContentHash) -> Bool {
        let now = Clock.monotonic()
        return held.withLock { $0[hash].map { $0.end > now } ?? false }
    }

    func end(_ hash: ContentHash) {
        held.withLock { $0.removeValue(forKey: hash) }?.renewal.cancel()
    }
}
