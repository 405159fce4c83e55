package import ImageIndex
package import LinuxIO
package import PostgreSQL
package import Rendition
internal import Store
internal import Synchronization

/// An index that several edges share: a database is the truth, and each edge has all of it here
/// too, so that hits, listings and searches ask nobody.
///
/// What holds: a change is acknowledged when the database has committed it, and is here then; what
/// others changed is here within two seconds, unless the database is away. Then everything that is
/// known here is as it was, and whoever needs more is told to come again.
package final class SharedImageIndex: ImageIndex {
    package struct Settings: Sendable {
        package var place: Line.Place
        /// What this edge is called among the others.
        package var edgeName: String
        /// Beyond, listings and searches are refused: they would leave out what others have.
        package var listingStaleness = Duration.seconds(5)
        package var claimTime = ClaimTime.work

        package init(_ place: Line.Place, edgeName: String) {
            (self.place, self.edgeName) = (place, edgeName)
        }
    }

    package let local: LocalImageIndex
    package let contact: Contact
    let ledger: Ledger
    let outbox: Outbox
    let lookups: Lookups
    let edge: EdgeIdentity
    /// Of deliveries and work in hand, and of what is asked for rarely.
    let line: Line
    /// Where it is waited for: one at a time, as the line has it, on no thread that others need.
    let waiter: BlockingPool
    let claims = Claims()
    private let follower: Follower
    private let upkeep: Upkeep
    private let hasStarted = Atomic(false)
    let settings: Settings

    /// Where the network stops between them, the server ends what it has begun for an edge, and
    /// lets go what that held, half a minute later.
    static let greeting = [
        Statement("set statement_timeout = '5s'"), Statement("set tcp_keepalives_idle = 10"),
        Statement("set tcp_keepalives_interval = 5"), Statement("set tcp_keepalives_count = 4"),
        // One that stands still between two statements keeps nobody from the counter.
        Statement("set idle_in_transaction_session_timeout = '5s'"), Schema.check,
    ]

    /// Opens the replica in `directory`, which exists. The database may be away.
    package init(
        _ settings: Settings, directory: String, options: LocalImageIndex.Options,
        contact: Contact
    ) throws(ImageIndexError) {
        (self.settings, self.contact) = (settings, contact)
        edge = EdgeIdentity(name: settings.edgeName)
        line = Line(settings.place, greeting: Self.greeting)
        try Self.prepare(settings.place)
        let changed: WakeUp
        do throws(SystemError) {
            (changed, waiter) = (try WakeUp(), try BlockingPool(threadCount: 1))
        } catch { throw .failed("\(error)") }
        outbox = Outbox(line, edge, options.subscribers, capacity: options.eventCapacity)
        ledger = Ledger(
            Line(settings.place, greeting: Self.greeting), outbox: outbox, changed: changed)
        var options = options
        options.truth = ledger
        local = try LocalImageIndex(directory: directory, options: options)
        do throws(SystemError) {
            lookups = try Lookups(Line(settings.place, greeting: Self.greeting), local: local)
        } catch { throw .failed("\(error)") }
        upkeep = Upkeep(
            Line(settings.place, greeting: Self.greeting), outbox, options.subscribers,
            local: local)
        follower = Follower(
            settings.place, edge, local: local, wake: changed, contact: contact)
    }

    /// Where the database is away this is done when it is back.
    private static func prepare(_ place: Line.Place) throws(ImageIndexError) {
        do throws(Schema.Failure) { try Schema.prepare(Line(place)) } catch {
            switch error {
            case .failed(.away), .failed(.timedOut): return
            case .newer, .failed: throw .failed("\(error)")
            }
        }
    }

    /// From now on the replica follows.
    ///
    /// - Parameter forget: told of bytes that are deleted or blocked; returns when nothing of them
    ///   is served any more.
    package func start(
        forget: @escaping @Sendable ([ContentHash]) -> Void
    ) throws(SystemError) {
        try follower.start(forget: forget)
        try upkeep.start()
        hasStarted.store(true, ordering: .relaxed)
    }

    /// Waits until everything that was changed before is known here; no longer than that.
    package func waitForContact(milliseconds: Int) {
        contact.wait(milliseconds: milliseconds)
    }

    /// Who may do what at every edge, as `pollex token` wrote it; read again when the version is
    /// another one.
    package var tokenVersion: UInt64 { follower.tokenVersion }
    package func tokens() throws(ImageIndexError) -> [[UInt8]] { try local.sharedTokens() }

    /// For what waits for the database: event loops ask too, and tasks whose threads are few.
    func waiting<R: Sendable, Failure>(
        _ body: @Sendable (Line) throws(Failure) -> R
    ) async throws(Failure) -> R {
        try await withTaskExecutorPreference(waiter) { () async throws(Failure) in
            try body(line)
        }
    }

    func asked<R: Sendable>(
        _ body: @Sendable (Line) throws(DatabaseError) -> R
    ) async throws(ImageIndexError) -> R {
        do throws(DatabaseError) { return try await waiting(body) } catch {
            throw ImageIndexError(StoreError(error))
        }
    }

    package var commitCount: UInt64 { ledger.commitCount }
    package var collisionCount: UInt64 { ledger.collisionCount }
    package var askedCount: UInt64 { lookups.askedCount }

    /// What is done once a minute, now.
    package func sweep() throws(ImageIndexError) {
        do throws(DatabaseError) { try upkeep.sweep() } catch {
            throw ImageIndexError(StoreError(error))
        }
    }

    package func close() {
        if hasStarted.load(ordering: .relaxed) {
            upkeep.stop()
            follower.stop()
        }
        lookups.close()
        local.close()
    }
}
