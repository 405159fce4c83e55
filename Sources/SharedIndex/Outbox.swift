internal import Events
internal import LinuxIO
internal import PostgreSQL
internal import Store
internal import Synchronization

/// The events that several edges have still to tell. Whichever edge comes first has an event in
/// hand and holds nothing meanwhile; what one had in hand that was not heard of for ten seconds is
/// anybody's.
///
/// A subscriber may be told of an event twice: where an edge fell after it had told, and where one
/// was away for so long that another took its events.
final class Outbox: Sendable {
    private let line: Line
    private let edge: EdgeIdentity
    private let capacity: Int
    private let near: Set<UInt64>
    /// Who has so many that no more are kept.
    private let full = Mutex<Set<UInt64>>([])
    private let dropped = Atomic<UInt64>(0)
    private let known = Mutex<[UInt64: EventJournal.Backlog]>([:])

    /// - Parameter subscribers: those that are near have their events in the hand of the edge that
    ///   wrote them.
    init(_ line: Line, _ edge: EdgeIdentity, _ subscribers: [Subscriber], capacity: Int) {
        (self.line, self.edge, self.capacity) = (line, edge, capacity)
        near = Set(subscribers.filter(\.isNear).map(\.number))
    }

    var droppedCount: UInt64 { dropped.load(ordering: .relaxed) }

    /// As it was when room was made last: nobody who asks for it waits for the database.
    ///
    /// - Parameter some: `nil`: of whoever there is.
    func backlog(of some: [Subscriber]?) -> EventJournal.Backlog {
        let numbers = some.map { Set($0.map(\.number)) }
        return known.withLock { known in
            known.reduce(into: EventJournal.Backlog()) { sum, one in
                guard numbers?.contains(one.key) != false else { return }
                sum.waiting += one.value.waiting
                sum.parked += one.value.parked
            }
        }
    }

    /// `nil`: there is nothing to keep.
    func insertion(of events: [UntoldEvent]) -> Statement? {
        if events.isEmpty { return nil }
        let full = full.withLock { $0 }
        let kept = full.isEmpty ? events : events.filter { !full.contains($0.subscriber) }
        dropped.wrappingAdd(UInt64(events.count - kept.count), ordering: .relaxed)
        return kept.isEmpty
            ? nil : Self.insertion(of: kept) { near.contains($0.subscriber) ? edge.id : [] }
    }

    /// - Parameter holder: in whose hand an event is from the start; empty: in nobody's.
    static func insertion(
        of kept: [UntoldEvent], inHandOf holder: (UntoldEvent) -> [UInt8] = { _ in [] }
    ) -> Statement {
        Statement(
            """
            insert into pollex_delivery (subscriber, id, due, value, parked, holder) \
            select e.subscriber, e.id, e.due, e.value, e.parked <> 0, \
            nullif(e.holder, ''::bytea) \
            from unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[], $5::bigint[], \
            $6::bytea[]) as e (subscriber, id, due, value, parked, holder) \
            on conflict do nothing
            """,
            [
                .numbers(kept.map { Int64(bitPattern: $0.subscriber) }),
                .manyBytes(kept.map(\.id)), .numbers(kept.map(\.due)),
                .manyBytes(kept.map(\.value)), .numbers(kept.map { $0.isParked ? 1 : 0 }),
                .manyBytes(kept.map(holder)),
            ])
    }

    /// Takes what is due by now in hand, the longest due first, and tells when the next one is.
    func claim(
        for subscriber: UInt64, by time: Int64, limit: Int
    ) throws(StoreError) -> (deliveries: [Delivery], next: Int64?) {
        let number = Statement.Value.number(Int64(bitPattern: subscriber))
        do throws(DatabaseError) {
            let answers = try line.run([
                Statement(
                    """
                    with c as (select subscriber, id from pollex_delivery \
                    where subscriber = $1::bigint and not parked and due <= $2::bigint \
                    and (holder is null or holder = $3::bytea or holder not in \
                    (select id from pollex_edge where seen > now() - interval '10 s')) \
                    order by due limit $4::bigint for update skip locked) \
                    update pollex_delivery d set holder = $3::bytea from c \
                    where d.subscriber = c.subscriber and d.id = c.id \
                    returning d.id, d.due, d.value
                    """,
                    [number, .number(time), .bytes(edge.id), .number(Int64(limit))]),
                Statement(
                    """
                    select min(due) from pollex_delivery \
                    where subscriber = $1::bigint and not parked and due > $2::bigint
                    """, [number, .number(time)]),
            ])
            var deliveries: [(due: Int64, delivery: Delivery)] = []
            for row in answers[0].indices {
                guard let id = answers[0].bytes(row, 0), let due = answers[0].number(row, 1),
                    let value = answers[0].bytes(row, 2),
                    let delivery = Delivery(subscriber: subscriber, id: id, due: due, value: value)
                else { continue }
                deliveries.append((due, delivery))
            }
            deliveries.sort { $0.due < $1.due }
            let next = answers[1].number(0, 0)
            return (deliveries.map(\.delivery), next)
        } catch { throw StoreError(error) }
    }

    func settle(_ attempts: [(Delivery, EventJournal.Outcome)]) throws(StoreError) {
        guard !attempts.isEmpty else { return }
        var statements: [Statement] = [.begin]
        for (delivery, outcome) in attempts {
            let (value, time, isParked) = delivery.settled(outcome)
            let key: [Statement.Value] = [
                .number(Int64(bitPattern: delivery.subscriber)), .bytes(delivery.event.id.bytes),
                .bytes(edge.id),
            ]
            guard let value else {
                statements.append(
                    Statement(
                        """
                        delete from pollex_delivery where subscriber = $1::bigint \
                        and id = $2::bytea and holder = $3::bytea
                        """, key))
                continue
            }
            statements.append(
                Statement(
                    """
                    update pollex_delivery set holder = null, value = $4::bytea, \
                    due = $5::bigint, parked = $6::boolean \
                    where subscriber = $1::bigint and id = $2::bytea and holder = $3::bytea
                    """, key + [.bytes(value), .number(time), .truth(isParked)]))
        }
        do throws(DatabaseError) { try line.run(statements + [.commit]) } catch {
            throw StoreError(error)
        }
    }

    func retryParked(at time: Int64, of subscribers: [Subscriber]) throws(StoreError) -> Int {
        do throws(DatabaseError) {
            let answers = try line.run([
                Statement(
                    """
                    update pollex_delivery set parked = false, due = $2::bigint, holder = null, \
                    value = set_byte(value, $3::bigint::int, 0) \
                    where parked and subscriber = any($1::bigint[])
                    """,
                    [
                        .numbers(subscribers.map { Int64(bitPattern: $0.number) }),
                        .number(time), .number(Int64(Delivery.attemptsPlace)),
                    ])
            ])
            return answers[0].changedCount
        } catch { throw StoreError(error) }
    }

    private func counts(
        of subscribers: [Subscriber], on line: Line
    ) throws(StoreError) -> [(subscriber: UInt64, waiting: Int, parked: Int)] {
        if subscribers.isEmpty { return [] }
        do throws(DatabaseError) {
            let rows = try line.ask(
                Statement(
                    """
                    select subscriber, count(*) filter (where not parked), \
                    count(*) filter (where parked) from pollex_delivery \
                    where subscriber = any($1::bigint[]) group by subscriber
                    """, [.numbers(subscribers.map { Int64(bitPattern: $0.number) })]))
            return rows.indices.map { row in
                (
                    UInt64(bitPattern: rows.number(row, 0) ?? 0), Int(rows.number(row, 1) ?? 0),
                    Int(rows.number(row, 2) ?? 0)
                )
            }
        } catch { throw StoreError(error) }
    }

    /// Keeps to the capacity, once in a while: what was parked longest makes way, and who has as
    /// many waiting gets no more until there is room.
    func makeRoom(for subscribers: [Subscriber], on line: Line) throws(StoreError) {
        var overfull: Set<UInt64> = []
        var backlogs: [UInt64: EventJournal.Backlog] = [:]
        for (subscriber, waiting, parked) in try counts(of: subscribers, on: line) {
            backlogs[subscriber] = .init(waiting: waiting, parked: parked)
            guard waiting + parked > capacity else { continue }
            if waiting > capacity { overfull.insert(subscriber) }
            let excess = min(parked, waiting + parked - capacity)
            do throws(DatabaseError) {
                let answers = try line.run([
                    Statement(
                        """
                        delete from pollex_delivery d using (select subscriber, id \
                        from pollex_delivery where subscriber = $1::bigint and parked \
                        order by due limit $2::bigint) o \
                        where d.subscriber = o.subscriber and d.id = o.id
                        """,
                        [.number(Int64(bitPattern: subscriber)), .number(Int64(excess))])
                ])
                dropped.wrappingAdd(UInt64(answers[0].changedCount), ordering: .relaxed)
            } catch { throw StoreError(error) }
        }
        full.withLock { $0 = overfull }
        known.withLock { $0 = backlogs }
    }
}
