package import Events
package import ImageIndex
internal import JSON
package import LinuxIO
internal import ObjectStore
package import Rendering
package import Rendition
internal import Store
internal import Synchronization
package import Telemetry
internal import Text

/// Puts what was made of images into a bucket, and takes it away with them.
///
/// It is told of images as any receiver of events is: at least once, kept by the transaction that
/// makes it true, and until it is done. An event is a hint to look (`ExportWriter`). What fails is
/// tried again for as long as it takes; while the bucket is away nothing is, but for one event at a
/// time.
package final class ExportLine: Sendable {
    /// Events in hand: an image that takes its time keeps the others from nothing.
    private static let maximumInHand = 16
    private static let pauseMilliseconds = 1000

    private typealias Attempt = (Delivery, EventJournal.Outcome)

    private struct State: Sendable {
        var inHand = Set<EventID>()
        var finished: [Attempt] = []
        var slowdown = Slowdown()
    }

    private let export: Export
    private let journal: any DeliveryQueue
    private let writer: ExportWriter
    private let metrics: Metrics
    private let log: EventLog
    private let bell: Doorbell
    private let pool: BlockingPool
    private let client: ObjectClient
    private let state = Mutex(State())
    private let isStopping = Atomic(false)
    private let ended = Semaphore()

    /// - Parameters:
    ///   - directory: where there is room for a file without a name.
    ///   - journal: opened with the subscriber of the export.
    package init(
        _ export: Export, desk: RenderDesk, index: any ImageIndex, journal: any DeliveryQueue,
        policy: RenditionPolicy, directory: String, pool: BlockingPool, log: EventLog
    ) throws(SystemError) {
        (self.export, self.journal, self.log, self.pool) = (export, journal, log, pool)
        metrics = desk.metrics
        let name = export.bucket.bucket
        let bell = journal.makeDoorbell()
        self.bell = bell
        client = try ObjectClient(export.bucket) { event in
            guard case .givenUp(let isAway) = event else { return }
            log.log(isAway ? .error : .info, isAway ? "bucket-away" : "bucket-back") { json in
                json.field("bucket", name)
            }
            if !isAway { bell.ring() }
        }
        writer = ExportWriter(
            export: export, client: client, desk: desk, index: index, policy: policy,
            directory: directory)
        _ = try RunningThread(name: "export") { [self] in
            run()
            ended.signal()
        }
    }

    package func beginStopping() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        bell.ring()
    }

    /// Nothing is lost by cutting an attempt off.
    package func waitUntilStopped(milliseconds: Int) {
        ended.wait(milliseconds: milliseconds)
        client.stop()
    }

    /// As which it is told of images.
    package var subscriber: Subscriber { export.subscriber }

    package var isFailing: Bool { state.withLock { $0.slowdown.next != nil } }

    private func run() {
        let subscriber = subscriber.number
        while !isStopping.load(ordering: .sequentiallyConsistent) {
            guard settle() else {
                // They are due still; the disk may stay full.
                bell.wait(milliseconds: Self.pauseMilliseconds)
                continue
            }
            let now = Clock.wallMicroseconds()
            let (inHand, slowdown) = state.withLock { ($0.inHand, $0.slowdown) }
            let room = slowdown.room(for: Self.maximumInHand, besides: inHand.count, at: now)
            // What is in hand rings when it is done, and the probe of a bucket that is given up.
            guard room > 0, !client.isGivenUp else {
                bell.wait(until: inHand.isEmpty && !client.isGivenUp ? slowdown.next : nil)
                continue
            }
            let due = try? journal.due(for: subscriber, by: now, limit: inHand.count + room)
            let new = (due?.deliveries ?? []).filter { !inHand.contains($0.event.id) }
            for delivery in new.prefix(room) { begin(delivery) }
            bell.wait(until: new.count >= room ? nil : due?.next)
        }
    }

    /// Writes down what came of attempts, several together; `false`: that could not be done.
    private func settle() -> Bool {
        let finished = state.withLock { $0.finished }
        if finished.isEmpty { return true }
        do throws(StoreError) { try journal.settle(finished) } catch { return false }
        state.withLock { state in
            state.finished.removeFirst(finished.count)
            for (delivery, _) in finished { state.inHand.remove(delivery.event.id) }
        }
        return true
    }

    private func begin(_ delivery: Delivery) {
        _ = state.withLock { $0.inHand.insert(delivery.event.id) }
        Task(executorPreference: pool) { [self] in
            let outcome = await carryOut(delivery)
            state.withLock { $0.finished.append((delivery, outcome)) }
            bell.ring()
        }
    }

    private func carryOut(_ delivery: Delivery) async -> EventJournal.Outcome {
        guard let image = ExportedImage(delivery.event) else { return .delivered }
        do throws(ExportFailure) {
            let counts = try await writer.settle(image)
            for _ in 0..<counts.put { metrics.count(.exportsPut) }
            for _ in 0..<counts.removed { metrics.count(.exportsRemoved) }
            for _ in 0..<counts.refused { metrics.count(.exportsRefused) }
            if state.withLock({ $0.slowdown.succeed() }) {
                log.log(.info, "export-resumed") { json in
                    json.field("bucket", export.bucket.bucket)
                }
            }
            return .delivered
        } catch {
            metrics.count(.exportsRetried)
            let now = Clock.wallMicroseconds()
            if state.withLock({ $0.slowdown.fail(at: now) }) {
                log.log(.warning, "export-deferred") { json in
                    json.field("bucket", export.bucket.bucket)
                    json.field("hash", image.hash.hex)
                    json.field("reason", error.reason)
                }
            }
            return .again(at: now + RetryPause.microseconds(after: delivery.attempts))
        }
    }
}
