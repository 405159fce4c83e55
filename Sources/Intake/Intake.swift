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
/// before it changes.
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
        case deferred(reason: String)
    }

    package enum OpeningError: Error {
        case store(StoreError)
        case system(SystemError)
    }

    /// Objects on their way at once: uploads have the rest of the blocking pool.
    private static let maximumInHand = 4

    let settings: Settings
    let book: LookBook
    let ingest: Ingest
    let report: @Sendable (ObjectHint, Report) -> Void
    /// Lets go of what was made of an image.
    let purge: @Sendable (ContentHash) async -> Void
    private let pool: BlockingPool
    private let clients: [UTF8String: ObjectClient]
    private let bell = Doorbell()
    /// A commit of what was taken must not meet the deletion of the same.
    let locks = HashLocks()
    private let state = Mutex((inHand: Set<ObjectPlace>(), isStopping: false))
    private let ended = Semaphore()

    /// - Parameters:
    ///   - observe: what happens between the edge and a bucket, on any thread.
    ///   - purge: as `Ingest` wants it.
    package init(
        _ settings: Settings, ingest: Ingest, pool: BlockingPool,
        observe: @escaping @Sendable (_ bucket: String, ObjectEvent) -> Void,
        report: @escaping @Sendable (ObjectHint, Report) -> Void,
        purge: @escaping @Sendable (ContentHash) async -> Void
    ) throws(OpeningError) {
        (self.settings, self.ingest, self.pool) = (settings, ingest, pool)
        (self.report, self.purge) = (report, purge)
        do throws(SystemError) {
            _ = try Directory(at: settings.directory)
            clients = try Self.openClients(settings.buckets, observe)
        } catch { throw .system(error) }
        do throws(StoreError) { book = try LookBook(directory: settings.directory) } catch {
            throw .store(error)
        }
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

    private func run() {
        while true {
            let (inHand, isStopping) = state.withLock { $0 }
            if isStopping {
                guard !inHand.isEmpty else { return }
                bell.wait(until: nil)
                continue
            }
            let now = Clock.wallMicroseconds()
            let room = Self.maximumInHand - inHand.count
            // Where it can not be read there is nothing to be done about it here.
            let due = try? book.due(by: now, limit: room, besides: inHand)
            for look in due?.looks ?? [] { begin(look) }
            let going = (try? book.departing(limit: Self.maximumInHand)) ?? []
            for image in going { remove(image) }
            guard due?.looks.isEmpty != false, going.isEmpty else { continue }
            bell.wait(until: room == 0 ? nil : due?.next)
        }
    }

    private func begin(_ look: Look) {
        _ = state.withLock { $0.inHand.insert(look.place) }
        Task(executorPreference: pool) { [self] in
            await self.look(look)
            _ = state.withLock { $0.inHand.remove(look.place) }
            bell.ring()
        }
    }

    /// The thread waits for it: there are few.
    private func remove(_ image: TakenImage) {
        let isDone = pool.wait { [self] in await depart(image) }
        if !isDone { bell.wait(milliseconds: Self.retryMilliseconds) }
    }

    private static let retryMilliseconds = 1000
}
