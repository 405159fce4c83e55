internal import Events
package import Hints
package import Ingest
package import LinuxIO
package import ObjectStore
package import Rendition
package import Store
internal import Synchronization
package import Text

/// Takes in what lies in buckets of others, when somebody says that something happened there.
///
/// A hint is written down, and that is all that who brings it waits for. Then the bucket is asked
/// what is there now, and that goes the way of an upload; so it makes no difference in which order
/// hints come, how often, and what they say. What fails by nobody's fault is looked at again, after
/// a while, for as long as it takes; what is refused for a reason that lasts is not fetched again
/// before it changes. Each bucket has a line of its own: one that is away holds up no other, and
/// costs one look at a time (`Slowdown`), however much waits in it.
package final class Intake: Sendable {
    package struct Settings: Sendable {
        package var buckets: [WatchedBucket]
        /// Where it is written down; made where it is missing.
        package var directory: String
        /// Of one picture.
        package var byteLimit: Int

        package init(buckets: [WatchedBucket], directory: String, byteLimit: Int) {
            (self.buckets, self.directory, self.byteLimit) = (buckets, directory, byteLimit)
        }
    }

    /// What came of one look.
    package enum Report: Sendable {
        case taken(isNew: Bool)
        /// As it was when it was taken.
        case unchanged
        /// Nothing has the name.
        case absent
        case failed(reason: String, detail: String, owner: UTF8String?, hash: ContentHash?)
        /// - Parameter isNews: whether that began with it; what waits behind it is deferred too.
        case deferred(reason: String, isNews: Bool)
    }

    package enum OpeningError: Error {
        case store(StoreError)
        case system(SystemError)
    }

    /// Objects on their way at once, of all buckets, where these are no more: uploads have the rest
    /// of the blocking pool.
    private static let maximumInHand = 4

    let settings: Settings
    let book: LookBook
    let ingest: Ingest
    let report: @Sendable (ObjectHint, Report) -> Void
    private let resume: @Sendable (String) -> Void
    /// Lets go of what was made of an image.
    let purge: @Sendable (ContentHash) async -> Void
    private let pool: BlockingPool
    private let clients: [UTF8String: ObjectClient]
    private let bell: Doorbell
    /// A commit of what was taken must not meet the deletion of the same.
    let locks = HashLocks()
    private let state = Mutex(State())
    private let ended = Semaphore()

    /// - Parameters:
    ///   - observe: what happens between the edge and a bucket, on any thread.
    ///   - resume: what was deferred goes on.
    ///   - purge: as `Ingest` wants it.
    package init(
        _ settings: Settings, ingest: Ingest, pool: BlockingPool,
        observe: @escaping @Sendable (_ bucket: String, ObjectEvent) -> Void,
        report: @escaping @Sendable (ObjectHint, Report) -> Void,
        resume: @escaping @Sendable (_ bucket: String) -> Void,
        purge: @escaping @Sendable (ContentHash) async -> Void
    ) throws(OpeningError) {
        (self.settings, self.ingest, self.pool) = (settings, ingest, pool)
        (self.report, self.resume, self.purge) = (report, resume, purge)
        let bell = Doorbell()
        self.bell = bell
        do throws(SystemError) {
            _ = try Directory(at: settings.directory)
            clients = try Self.openClients(settings.buckets) { bucket, event in
                observe(bucket, event)
                if case .givenUp(false) = event { bell.ring() }
            }
        } catch { throw .system(error) }
        do throws(StoreError) {
            book = try LookBook(
                directory: settings.directory,
                buckets: settings.buckets.map { UTF8String($0.place.bucket) })
        } catch { throw .store(error) }
        do throws(SystemError) {
            _ = try RunningThread(name: "intake") { [self] in
                run()
                ended.signal()
            }
        } catch { throw .system(error) }
    }

    private static func openClients(
        _ buckets: [WatchedBucket],
        _ observe: @escaping @Sendable (_ bucket: String, ObjectEvent) -> Void
    ) throws(SystemError) -> [UTF8String: ObjectClient] {
        var clients: [UTF8String: ObjectClient] = [:]
        for bucket in buckets {
            let name = bucket.place.bucket
            clients[UTF8String(name)] = try ObjectClient(bucket.place) { observe(name, $0) }
        }
        return clients
    }

    func bucket(of object: ObjectHint) -> (WatchedBucket, ObjectClient)? {
        guard let client = clients[object.bucket],
            let bucket = settings.buckets.first(where: {
                UTF8String($0.place.bucket) == object.bucket
            })
        else { return nil }
        return (bucket, client)
    }

    /// Looks that are still to be made.
    package var waitingCount: Int { (try? book.waitingCount()) ?? 0 }

    /// Buckets that fail just now.
    package var failingCount: Int {
        state.withLock { $0.looks.values.count { $0.slowdown.next != nil } }
    }

    package enum Receipt: Equatable, Sendable {
        /// So many are of buckets that are watched.
        case written(Int)
        /// As many wait as may.
        case full
    }

    /// Durable when it returns. What is not watched is passed over.
    package func take(_ hints: [ObjectHint]) async throws(StoreError) -> Receipt {
        let ours = hints.filter { bucket(of: $0)?.0.labels(for: $0.key) != nil }
        guard !ours.isEmpty else { return .written(0) }
        guard try await book.add(ours, at: Clock.wallMicroseconds()) else { return .full }
        bell.ring()
        return .written(ours.count)
    }

    // MARK: The thread

    /// Begins no further look.
    package func beginStopping() {
        state.withLock { $0.isStopping = true }
        bell.ring()
    }

    /// What is under way may be cut off: it is looked at again after the next start.
    package func waitUntilStopped(milliseconds: Int) {
        ended.wait(milliseconds: milliseconds)
        for client in clients.values { client.stop() }
        book.close()
    }

    /// What is under way of one bucket, or of images that go.
    private struct Line<Work: Hashable & Sendable>: Sendable {
        var inHand = Set<Work>()
        var slowdown = Slowdown()

        func room(for most: Int, at now: Int64) -> Int {
            slowdown.room(for: most, besides: inHand.count, at: now)
        }

        /// When to see again whether there is room; what is in hand rings when it is done.
        var next: Int64? { inHand.isEmpty ? slowdown.next : nil }
    }

    private struct State: Sendable {
        var looks: [UTF8String: Line<ObjectPlace>] = [:]
        var departures = Line<Departure>()
        var isStopping = false

        var isIdle: Bool {
            departures.inHand.isEmpty && looks.values.allSatisfy(\.inHand.isEmpty)
        }
    }

    private func run() {
        while true {
            let (isStopping, isIdle) = state.withLock { ($0.isStopping, $0.isIdle) }
            if isStopping {
                if isIdle { return }
                bell.wait(until: nil)
                continue
            }
            let now = Clock.wallMicroseconds()
            var next = beginDepartures(at: now)
            for (name, client) in clients {
                let time = beginLooks(in: name, client, at: now)
                next = [next, time].compactMap(\.self).min()
            }
            bell.wait(until: next)
        }
    }

    /// When to look again, if nobody rings.
    private func beginLooks(
        in bucket: UTF8String, _ client: ObjectClient, at now: Int64
    ) -> Int64? {
        // Its probe rings.
        if client.isGivenUp { return nil }
        let line = state.withLock { $0.looks[bucket, default: .init()] }
        let room = line.room(for: max(1, Self.maximumInHand / clients.count), at: now)
        if room == 0 { return line.next }
        // Where it can not be read there is nothing to be done about it here.
        guard let due = try? book.due(in: bucket, by: now, limit: room, besides: line.inHand)
        else { return nil }
        for look in due.looks {
            let place = look.place
            _ = state.withLock { $0.looks[bucket, default: .init()].inHand.insert(place) }
            Task(executorPreference: pool) { [self] in
                await self.look(look)
                _ = state.withLock { $0.looks[bucket]?.inHand.remove(place) }
                bell.ring()
            }
        }
        return due.looks.count == room ? nil : due.next
    }

    private func beginDepartures(at now: Int64) -> Int64? {
        let line = state.withLock { $0.departures }
        let room = line.room(for: Self.maximumInHand, at: now)
        if room == 0 { return line.next }
        let going = (try? book.departing(limit: line.inHand.count + room)) ?? []
        for (key, departure) in going.filter({ !line.inHand.contains($1) }).prefix(room) {
            _ = state.withLock { $0.departures.inHand.insert(departure) }
            Task(executorPreference: pool) { [self] in
                let isDone = await depart(key, departure)
                state.withLock { state in
                    state.departures.inHand.remove(departure)
                    if isDone {
                        _ = state.departures.slowdown.succeed()
                    } else {
                        _ = state.departures.slowdown.fail(at: Clock.wallMicroseconds())
                    }
                }
                bell.ring()
            }
        }
        return nil
    }

    // MARK: How it goes

    /// Whether nothing had failed in this bucket before.
    func noteFailure(in bucket: UTF8String) -> Bool {
        let now = Clock.wallMicroseconds()
        return state.withLock {
            $0.looks[bucket, default: .init()].slowdown.fail(at: now)
        }
    }

    func noteSuccess(in bucket: UTF8String) {
        if state.withLock({ $0.looks[bucket]?.slowdown.succeed() == true }) {
            resume(bucket.string)
        }
    }
}
