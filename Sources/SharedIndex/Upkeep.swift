internal import Events
internal import ImageIndex
internal import LinuxIO
internal import PostgreSQL
internal import Store
internal import Synchronization

/// What has to be done once in a while, by whichever edge; that several do it is no harm. On a
/// thread and a line of its own: nobody waits for it.
final class Upkeep: Sendable {
    private static let pauseMilliseconds = 5000
    /// Passes from one sweep to the next: a minute.
    private static let sweepEvery = 12
    /// Seconds for which an ended upload link is remembered, as on one machine.
    private static let linkMemory: Int64 = 2 * 86_400
    /// Of those that are one too many, how many go at a time: eighty a second.
    private static let sweptVerdicts: Int64 = 5_000

    private let line: Line
    private let outbox: Outbox
    private let subscribers: [Subscriber]
    private let local: LocalImageIndex
    private let isStopping = Atomic(false)
    private let stopping = Semaphore()
    private let ended = Semaphore()

    /// - Parameter line: of nobody else.
    init(
        _ line: Line, _ outbox: Outbox, _ subscribers: [Subscriber], local: LocalImageIndex
    ) {
        (self.line, self.outbox, self.subscribers) = (line, outbox, subscribers)
        self.local = local
    }

    func start() throws(SystemError) {
        _ = try RunningThread(name: "index-upkeep") { [self] in
            var pass = 0
            while !isStopping.load(ordering: .relaxed) {
                // What fails is done the next time.
                try? outbox.makeRoom(for: subscribers, on: line)
                // What an edge that fell had in hand rings nobody's bell.
                local.events.announce()
                if pass % Self.sweepEvery == 0 { try? sweep() }
                pass += 1
                stopping.wait(milliseconds: Self.pauseMilliseconds)
            }
            line.close()
            ended.signal()
        }
    }

    func stop() {
        isStopping.store(true, ordering: .relaxed)
        stopping.signal()
        ended.wait(milliseconds: 10_000)
    }

    func sweep() throws(DatabaseError) {
        let links = StateKey.links(endedBefore: Clock.wallSeconds() - Self.linkMemory)
        let statements = [
            Statement("delete from pollex_edge where seen < now() - interval '1 day'"),
            Statement(
                "delete from pollex_work where holder not in (select id from pollex_edge)"),
            Statement("delete from pollex_claim where ends < now() - interval '1 day'"),
            Statement(
                "delete from pollex_state where key > $1::bytea and key < $2::bytea",
                [.bytes(links.first), .bytes(links.last)]),
            // Refusals beyond as many as an edge keeps, the oldest first.
            Statement(
                """
                delete from pollex_state where n in (select n from pollex_state \
                where substring(value from 2 for 1) = '\\x04'::bytea and n <= \
                (select n from pollex_state where substring(value from 2 for 1) = '\\x04'::bytea \
                order by n desc offset $1::bigint limit 1) order by n limit $2::bigint)
                """,
                [
                    .number(Int64(local.maximumVerdictCount)),
                    .number(Self.sweptVerdicts),
                ]),
        ]
        // One that takes too long undoes none of the others.
        var failure: DatabaseError?
        for statement in statements {
            do throws(DatabaseError) { try line.run([statement]) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
