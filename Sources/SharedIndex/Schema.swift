package import PostgreSQL

/// The tables of an index that several edges share, and how they came to be, step by step.
///
/// Steps are done by whichever edge comes first, in one transaction under a lock that the others
/// wait for. A step is never changed once it was released. A database that has had steps this
/// program does not know is left alone.
package enum Schema {
    package enum Failure: Error, CustomStringConvertible {
        case newer(version: Int)
        case failed(DatabaseError)

        package var description: String {
            switch self {
            case .newer(let version):
                "the database is of version \(version), and this program knows \(steps.count): "
                    + "an edge that is newer has been here"
            case .failed(let error): "\(error)"
            }
        }
    }

    /// By all programs of this name in one database.
    private static let lock: Int64 = 0x706F_6C6C_6578

    private static let steps: [[Statement]] = [
        [
            // One row: the number of the last change, and the index's name by lot. All changes
            // follow each other on it, so that whoever sees a number sees all below it: those of a
            // sequence are seen out of order.
            Statement(
                """
                create table pollex_counter (one boolean primary key default true \
                check (one), n bigint not null, name bytea not null)
                """
            ),
            Statement(
                """
                insert into pollex_counter (n, name) values (0, \
                decode(md5(random()::text || clock_timestamp()::text), 'hex'))
                """
            ),
            // What is known under each name, and the number of its last change: also the feed, for
            // who has seen all up to a number reads what lies above it.
            Statement(
                """
                create table pollex_state (key bytea primary key, n bigint not null, \
                value bytea not null)
                """
            ),
            Statement("create unique index pollex_state_n on pollex_state (n)"),
            // Events on their way, one row for each subscriber, and which edge has it in hand.
            Statement(
                """
                create table pollex_delivery (subscriber bigint not null, id bytea not \
                null, due bigint not null, parked boolean not null default false, \
                holder bytea, value bytea not null, primary key (subscriber, id))
                """
            ),
            Statement(
                "create index pollex_delivery_due on pollex_delivery (subscriber, parked, due)"),
            // What an edge is at work at.
            Statement("create table pollex_work (key bytea primary key, holder bytea not null)"),
            // The edges, how far each has come, and when it was heard of.
            Statement(
                """
                create table pollex_edge (id bytea primary key, name text not null, n \
                bigint not null, seen timestamptz not null)
                """
            ),
        ],
        [
            // What an edge keeps the others from doing, and until when.
            Statement(
                """
                create table pollex_claim (key bytea primary key, holder bytea not null, \
                ends timestamptz not null)
                """
            ),
            // Refusals, of which there are as many as anybody sends broken files: what a record
            // begins with tells that nothing else is known of these bytes.
            Statement(
                """
                create index pollex_state_verdict on pollex_state (n) \
                where substring(value from 2 for 1) = '\\x04'::bytea
                """
            ),
        ],
    ]

    /// Refused, by words that are no number, unless the database is of this version: one that a
    /// newer edge has changed is written by nobody who does not know how.
    static let check = Statement(
        """
        select case when max(version) = $1::bigint then 0 \
        else ('the database is of version ' || max(version))::bigint end from pollex_schema
        """, [.number(Int64(steps.count))])

    /// Brings the database up to date.
    package static func prepare(_ line: Line) throws(Failure) {
        do throws(DatabaseError) {
            let found = try line.withConnection { (connection) throws(DatabaseError) -> Int? in
                try connection.prepareSchema(steps, lock: lock)
            }
            if let found { throw DatabaseError.refused(state: "", "\(found)") }
        } catch {
            if case .refused("", let version) = error {
                throw .newer(version: Int(version) ?? 0)
            }
            throw .failed(error)
        }
    }
}

extension Connection {
    /// Of steps and of those who wait for them.
    private static let milliseconds = 30_000
    private static let askingMilliseconds = 2000

    /// The version, where it is newer than these steps.
    fileprivate func prepareSchema(
        _ steps: [[Statement]], lock: Int64
    ) throws(DatabaseError) -> Int? {
        // Most edges come to a database that is as it has to be: they ask no more than that.
        let known = try run(
            [Statement("select to_regclass('pollex_schema') is not null")],
            milliseconds: Self.askingMilliseconds)
        if known.first?.isTrue(0, 0) == true, try version() == steps.count { return nil }
        _ = try run(
            [
                .begin, Statement("select pg_advisory_xact_lock($1::bigint)", [.number(lock)]),
                Statement("create table if not exists pollex_schema (version bigint not null)"),
            ], milliseconds: Self.milliseconds)
        let version = try version()
        guard version < steps.count else {
            _ = try run([.commit], milliseconds: Self.milliseconds)
            return version > steps.count ? version : nil
        }
        let missing = steps[version...].flatMap { $0 }
        let note = Statement(
            "insert into pollex_schema (version) values ($1::bigint)",
            [.number(Int64(steps.count))])
        _ = try run(missing + [note, .commit], milliseconds: Self.milliseconds)
        return nil
    }

    private func version() throws(DatabaseError) -> Int {
        let rows = try run(
            [Statement("select coalesce(max(version), 0) from pollex_schema")],
            milliseconds: Self.askingMilliseconds)
        return Int(rows.first?.number(0, 0) ?? 0)
    }
}
