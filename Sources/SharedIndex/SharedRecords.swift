package import Events
package import ImageIndex
internal import LinuxIO
package import PostgreSQL
package import Store

/// The states that edges share, by their names, as they lie in the database: for the edges, and for
/// commands beside them.
package struct SharedRecords: Sendable {
    let line: Line

    init(_ line: Line) { self.line = line }

    /// For a command: the tables are made where they are missing.
    package init(_ place: Line.Place) throws(Schema.Failure) {
        line = Line(place)
        try Schema.prepare(line)
    }

    package func records(of names: [[UInt8]]) throws(StoreError) -> KnownRecords {
        try known(
            Statement(
                "select key, n, value from pollex_state where key = any($1::bytea[])",
                [.manyBytes(names)]))
    }

    /// All from the first to before the last.
    package func records(
        from first: [UInt8], to last: [UInt8]
    ) throws(StoreError) -> KnownRecords {
        try known(
            Statement(
                """
                select key, n, value from pollex_state \
                where key >= $1::bytea and key < $2::bytea
                """, [.bytes(first), .bytes(last)]))
    }

    /// In the order of their changes, so many at most.
    package func records(
        after position: Int64, limit: Int
    ) throws(StoreError) -> [(name: [UInt8], record: KnownRecord)] {
        try rows(
            Statement(
                """
                select key, n, value from pollex_state where n > $1::bigint \
                order by n limit $2::bigint
                """, [.number(position), .number(Int64(limit))]))
    }

    /// All or nothing; see `IndexTruth.enter`. Events are kept whoever has many.
    package func enter(
        _ changes: [StateChange], _ events: [UntoldEvent] = []
    ) throws(StoreError) {
        let insertion = events.isEmpty ? nil : Outbox.insertion(of: events)
        let statements = Self.transaction(changes, insertion)
        let notification = Statement("select pg_notify('pollex', '')")
        do throws(DatabaseError) { try line.run(statements + [notification]) } catch {
            throw StoreError(error)
        }
    }

    /// What takes the counter comes last: where the network stops in the midst of it all, little is
    /// still on the way that others would wait for.
    static func transaction(_ changes: [StateChange], _ insertion: Statement?) -> [Statement] {
        var statements: [Statement] = [.begin]
        if let insertion { statements.append(insertion) }
        if !changes.isEmpty { statements.append(write(changes)) }
        return statements + [.commit]
    }

    private func known(_ statement: Statement) throws(StoreError) -> KnownRecords {
        Dictionary(try rows(statement).map { ($0.name, $0.record) }) { first, _ in first }
    }

    private func rows(
        _ statement: Statement
    ) throws(StoreError) -> [(name: [UInt8], record: KnownRecord)] {
        do throws(DatabaseError) {
            let rows = try line.ask(statement)
            var found: [(name: [UInt8], record: KnownRecord)] = []
            found.reserveCapacity(rows.count)
            for row in rows.indices {
                guard let name = rows.bytes(row, 0), let number = rows.number(row, 1),
                    let bytes = rows.bytes(row, 2)
                else { throw .away("a row is malformed") }
                found.append((name, KnownRecord(number: number, bytes: bytes)))
            }
            return found
        } catch { throw StoreError(error) }
    }

    /// Divides by zero, and so undoes the transaction, unless each of them was as it was expected.
    ///
    /// Where somebody else is just changing one, this waits for the counter; then the row is looked
    /// at as it is now.
    private static func write(_ changes: [StateChange]) -> Statement {
        Statement(
            """
            with c as (update pollex_counter set n = n + $4::bigint \
            returning n - $4::bigint as n), \
            k as (select * from unnest($1::bytea[], $2::bytea[], $3::bigint[]) \
            with ordinality as k (key, value, expected, place)), \
            u as (update pollex_state s set n = c.n + k.place, value = k.value from k, c \
            where s.key = k.key and s.n = k.expected and k.expected > 0 returning 1), \
            i as (insert into pollex_state (key, n, value) select k.key, c.n + k.place, k.value \
            from k, c where k.expected = 0 on conflict do nothing returning 1) \
            select 1 / (case when (select count(*) from u) + (select count(*) from i) = $4::bigint \
            then 1 else 0 end)
            """,
            [
                .manyBytes(changes.map(\.name)), .manyBytes(changes.map(\.bytes)),
                .numbers(changes.map(\.expected)), .number(Int64(changes.count)),
            ])
    }
}
