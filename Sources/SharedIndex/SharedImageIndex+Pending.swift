package import ImageIndex
internal import PostgreSQL
package import Rendition
internal import Store

// What is still to be made, each image by one edge. An edge that was not heard of for ten seconds
// has nothing in hand any more. That a picture is made by two is no harm but the work.
extension SharedImageIndex {
    /// Of so many that wait longest some are free, or enough is being made.
    private static let candidateCount = 64

    package func pending(
        limit: Int, besides inHand: Set<ContentHash> = []
    ) async throws(ImageIndexError) -> [ImageDocument] {
        let waiting = try local.pending(limit: limit > 0 ? Self.candidateCount : 0, besides: inHand)
        guard !waiting.isEmpty else { return [] }
        let names = waiting.map { StateKey.image($0.hash).name }
        let rows = try await asked { line throws(DatabaseError) in
            try line.ask(
                Statement(
                    """
                    with free as (select k.key from unnest($1::bytea[]) \
                    with ordinality as k (key, place) \
                    left join pollex_work w on w.key = k.key \
                    where w.key is null or w.holder = $2::bytea or w.holder not in \
                    (select id from pollex_edge where seen > now() - interval '10 s') \
                    order by k.place limit $3::bigint) \
                    insert into pollex_work as w (key, holder) \
                    select key, $2::bytea from free order by key \
                    on conflict (key) do update set holder = excluded.holder \
                    where w.holder = excluded.holder or w.holder not in \
                    (select id from pollex_edge where seen > now() - interval '10 s') \
                    returning key
                    """, [.manyBytes(names), .bytes(edge.id), .number(Int64(limit))]))
        }
        let mine = Set(rows.indices.compactMap { rows.bytes($0, 0) })
        return zip(waiting, names).filter { mine.contains($1) }.map(\.0)
    }

    package func advance(
        _ hash: ContentHash, to progress: ImageProgress
    ) async throws(ImageIndexError) {
        try await local.advance(hash, to: progress)
        if progress != .processing { await setAside(hash) }
    }

    package func setAside(_ hash: ContentHash) async {
        // Where this is lost the row stays as long as this edge, and keeps nobody from anything:
        // what is settled is not pending.
        _ = try? await asked { line throws(DatabaseError) in
            try line.run([
                Statement(
                    "delete from pollex_work where key = $1::bytea and holder = $2::bytea",
                    [.bytes(StateKey.image(hash).name), .bytes(edge.id)])
            ])
        }
    }
}
