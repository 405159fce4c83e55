internal import Events
internal import ImageIndex
internal import LinuxIO
internal import PostgreSQL
internal import Rendition
internal import Store
internal import Synchronization

/// Keeps an edge's replica up to date, on a thread of its own: reads what changed whenever somebody
/// hints at it, and once a second whatever is hinted, and says that this edge is alive.
///
/// What is lost of hints costs no more than that second. Numbers are seen in their order, so what
/// lies above the last one is all that is missing, after a second or a year.
final class Follower: Sendable {
    /// Changes that are read at once; fewer where so many do not come in time.
    private static let pageLimit = 1000
    /// Between two looks, so that many small changes are one.
    private static let pauseMilliseconds = 20
    private static let beatMilliseconds = 1000
    /// Changes after which the place is written down where nothing else is to be written.
    private static let notedEvery: Int64 = 1000
    private static let greeting = [
        Statement("set application_name = 'pollex follow'"), Statement("listen pollex"),
    ]

    private let place: Line.Place
    private let line: Line
    private let edge: EdgeIdentity
    private let local: LocalImageIndex
    private let wake: WakeUp
    let contact: Contact
    /// Told of bytes that are gone; returns when nothing of them is served any more.
    private let forget = Mutex<@Sendable ([ContentHash]) -> Void>({ _ in })
    /// Counts how often tokens have changed.
    private let tokenChanges = Atomic<UInt64>(1)
    private let isStopping = Atomic(false)
    private let ended = Semaphore()

    init(
        _ place: Line.Place, _ edge: EdgeIdentity, local: LocalImageIndex, wake: WakeUp,
        contact: Contact
    ) {
        self.place = place
        line = Line(place, greeting: SharedImageIndex.greeting + Self.greeting)
        (self.edge, self.local, self.wake) = (edge, local, wake)
        self.contact = contact
    }

    var tokenVersion: UInt64 { tokenChanges.load(ordering: .relaxed) }

    func start(forget: @escaping @Sendable ([ContentHash]) -> Void) throws(SystemError) {
        self.forget.withLock { $0 = forget }
        _ = try RunningThread(name: "index-follow") { [self] in
            run()
            ended.signal()
        }
    }

    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        wake.ring()
        ended.wait(milliseconds: 10_000)
    }

    /// Where this edge is.
    private struct Place {
        /// All up to it is in the replica.
        var position: Int64
        /// The same, and what is gone is forgotten.
        var done: Int64
        /// What the replica has written down of it.
        var stored: Int64
        /// Whether the database has the tables of this version.
        var isPrepared = false
        var pageLimit = Follower.pageLimit
        /// Up to which what is gone was forgotten, where nothing could be written down.
        var skimmed: Int64 = 0
    }

    private func run() {
        var place: Place?
        var beatAt: UInt64 = 0
        // What the others have been told of it; `nil`: nobody can say.
        var told: Int64?
        while !isStopping.load(ordering: .relaxed) {
            var hasNews = false
            do {
                let isHint = wake.take()
                let isBeat = Clock.monotonicNanoseconds() >= beatAt
                var at = try place ?? begin()
                let before = at.done
                defer { place = at }
                if isBeat {
                    beatAt =
                        Clock.monotonicNanoseconds() + UInt64(Self.beatMilliseconds) * 1_000_000
                }
                let isThere = try pass(&at, isHint: isHint, isBeat: isBeat, until: beatAt)
                if isBeat { told = before }
                // Who waits for this edge to confirm a change does not wait for the next beat.
                hasNews = told != at.done || !isThere
            } catch {
                contact.lost("\(error)")
                told = nil
                // What this machine could not do says nothing of the database.
                if !(error is ImageIndexError) { place?.isPrepared = false }
            }
            if hasNews || told == nil { beatAt = 0 }
            wake.wait(or: nil, milliseconds: Self.pauseMilliseconds)
            if !hasNews { wait() }
        }
        // Nobody is to wait for it, and what it had in hand is anybody's.
        _ = try? line.run([
            Statement("delete from pollex_edge where id = $1::bytea", [.bytes(edge.id)])
        ])
        line.close()
    }

    /// Where it stopped, as the replica has it.
    private func begin() throws(ImageIndexError) -> Place {
        let stored = try local.position()
        return Place(position: stored, done: stored, stored: stored)
    }

    /// Until something changes, no longer than a beat.
    private func wait() {
        do throws(DatabaseError) {
            let descriptor = try line.withConnection {
                (connection) throws(DatabaseError) -> CInt? in
                // What has come already would not make it readable again.
                connection.takeNotifications() > 0 ? nil : connection.descriptor
            }
            guard let descriptor else { return }
            wake.wait(or: descriptor, milliseconds: Self.beatMilliseconds)
        } catch {
            wake.wait(or: nil, milliseconds: Self.beatMilliseconds / 4)
        }
    }

    /// - Parameter time: when the others are to hear of this edge again, however much there is to
    ///   be read: monotonic nanoseconds.
    /// - Returns: whether all is read.
    private func pass(
        _ at: inout Place, isHint: Bool, isBeat: Bool, until time: UInt64
    ) throws -> Bool {
        if !at.isPrepared { try Schema.prepare(Line(self.place)) }
        at.isPrepared = true
        let known = try local.truthName()
        let (end, name) = try look(at, known, isHint: isHint, isBeat: isBeat)
        if known != name || end < at.position {
            // The database is another one than it was, or an older copy of it.
            if known != nil {
                contact.beginAnew()
                try local.forgetAll()
                tokenChanges.wrappingAdd(1, ordering: .relaxed)
            }
            try local.setTruthName(name)
            at = Place(position: 0, done: 0, stored: 0, isPrepared: true)
        }
        while at.position < end {
            if Clock.monotonicNanoseconds() >= time { return false }
            let from = at.position
            let followed = try take(after: from, &at, until: time)
            if followed.isNoted { at.stored = at.done }
            // The last ones were changed again, or by numbers that nobody kept.
            let isEnd = followed.position == from
            at.position = isEnd ? end : followed.position
            if !followed.gone.isEmpty { forget.withLock { $0 }(followed.gone) }
            at.done = at.position
            contact.follow(to: at.position, of: end, count: followed.changedCount)
            if followed.changedCount > 0 { local.events.announce() }
            if followed.hasTokens { tokenChanges.wrappingAdd(1, ordering: .relaxed) }
            if isStopping.load(ordering: .relaxed) { return false }
        }
        contact.made(at: at.position, of: end)
        return true
    }

    /// The next page.
    private func take(
        after from: Int64, _ at: inout Place, until time: UInt64
    ) throws -> LocalImageIndex.Followed {
        let isDue = at.done - at.stored >= Self.notedEvery
        let limit = at.pageLimit
        var isRead = false
        do throws(ImageIndexError) {
            let followed = try local.follow(done: at.done, isDue: isDue) {
                let page = read(after: from, limit: limit)
                if case .success = page { isRead = true }
                return page
            }
            at.pageLimit = min(limit * 2, Self.pageLimit)
            return followed
        } catch {
            if isRead {
                try skim(&at, until: time)
            } else {
                at.pageLimit = max(1, limit / 8)
            }
            throw error
        }
    }

    /// What is gone is forgotten also where this machine can not write it down, for want of room
    /// perhaps: that makes some.
    private func skim(_ at: inout Place, until time: UInt64) throws(StoreError) {
        at.skimmed = max(at.skimmed, at.position)
        while Clock.monotonicNanoseconds() < time {
            let page = try read(after: at.skimmed, limit: at.pageLimit).get()
            if page.states.isEmpty { return }
            forget.withLock { $0 }(LocalImageIndex.gone(in: page.states))
            at.skimmed = page.position
        }
    }

    /// Says what this edge has to say, and asks for the number of the last change. Of another
    /// database than it is a replica of, or an older one, it has seen nothing.
    private func look(
        _ at: Place, _ known: [UInt8]?, isHint: Bool, isBeat: Bool
    ) throws(DatabaseError) -> (end: Int64, name: [UInt8]) {
        var statements: [Statement] = []
        if isBeat {
            statements.append(
                Statement(
                    """
                    insert into pollex_edge (id, name, n, seen) \
                    select $1::bytea, $2::text, case when c.name = $4::bytea \
                    and c.n >= $3::bigint then $3::bigint else 0 end, now() from pollex_counter c \
                    on conflict (id) do update set n = excluded.n, seen = excluded.seen
                    """,
                    [.bytes(edge.id), .text(edge.name), .number(at.done), .bytes(known ?? [])]))
        }
        if isHint { statements.append(Statement("select pg_notify('pollex', '')")) }
        statements.append(Statement("select n, name from pollex_counter"))
        let answers = try line.run(statements)
        guard let rows = answers.last, let end = rows.number(0, 0), let name = rows.bytes(0, 1)
        else { throw .away("the counter is missing") }
        return (end, name)
    }

    private func read(
        after position: Int64, limit: Int
    ) -> Result<LocalImageIndex.Feed, StoreError> {
        var feed = LocalImageIndex.Feed(position: position)
        do throws(StoreError) {
            let found = try SharedRecords(line).records(after: position, limit: limit)
            feed.states = found.map { ($0.name, $0.record.bytes) }
            if let last = found.last { feed.position = last.record.number }
        } catch { return .failure(error) }
        return .success(feed)
    }
}
