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
/// makes it true, and until it is done. An event is a hint to look: what the index says now
/// decides, so that no order and no double does harm. What fails is tried again for as long as it
/// takes.
package final class ExportLine: Sendable {
    /// Events in hand.
    private static let batchCount = 16
    private static let pauseMilliseconds = 1000

    private let export: Export
    private let journal: any DeliveryQueue
    private let writer: ExportWriter
    private let metrics: Metrics
    private let log: EventLog
    private let bell: Doorbell
    private let pool: BlockingPool
    private let client: ObjectClient
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
        client = try ObjectClient(export.bucket) { event in
            guard case .givenUp(let isAway) = event else { return }
            log.log(isAway ? .error : .info, isAway ? "bucket-away" : "bucket-back") { json in
                json.field("bucket", name)
            }
        }
        let presets = policy.presets.filter { export.presets.contains($0.name) }
        writer = ExportWriter(
            export: export, client: client, desk: desk, index: index, policy: policy,
            presets: presets, directory: directory)
        bell = journal.makeDoorbell()
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

    private func run() {
        let subscriber = export.subscriber.number
        while !isStopping.load(ordering: .sequentiallyConsistent) {
            let now = Clock.wallMicroseconds()
            let due = try? journal.due(for: subscriber, by: now, limit: Self.batchCount)
            guard let due, !due.deliveries.isEmpty else {
                bell.wait(until: due?.next)
                continue
            }
            let outcomes = pool.wait { [self] in await carryOut(due.deliveries) }
            do throws(StoreError) { try journal.settle(outcomes) } catch {
                // It is due still; the disk may stay full.
                bell.wait(milliseconds: Self.pauseMilliseconds)
            }
        }
    }

    /// First what goes, alone: it is looked at before it is deleted, and nobody may put anything
    /// there in between. What is put under one name is put in the order in which it came.
    private func carryOut(
        _ deliveries: [Delivery]
    ) async -> [(Delivery, EventJournal.Outcome)] {
        var outcomes: [(Delivery, EventJournal.Outcome)] = []
        var groups: [UTF8String: [(Delivery, ExportedImage?)]] = [:]
        for delivery in deliveries {
            let image = ExportedImage(delivery.event)
            if delivery.event.kind == .imageDeleted {
                outcomes.append((delivery, await carryOut(delivery, image)))
            } else {
                let name = image?.name ?? UTF8String(image?.hash.hex ?? "")
                groups[name, default: []].append((delivery, image))
            }
        }
        return await withTaskGroup { tasks in
            for group in groups.values {
                tasks.addTask(executorPreference: self.pool) {
                    var outcomes: [(Delivery, EventJournal.Outcome)] = []
                    for (delivery, image) in group {
                        outcomes.append((delivery, await self.carryOut(delivery, image)))
                    }
                    return outcomes
                }
            }
            return await tasks.reduce(into: outcomes) { $0 += $1 }
        }
    }

    private func carryOut(
        _ delivery: Delivery, _ image: ExportedImage?
    ) async -> EventJournal.Outcome {
        // Of a kind that has no image, or damaged.
        guard let image else { return .delivered }
        do throws(ExportFailure) {
            let counts =
                delivery.event.kind == .imageDeleted
                ? try await writer.remove(image) : try await writer.put(image)
            for _ in 0..<counts.put { metrics.count(.exportsPut) }
            for _ in 0..<counts.removed { metrics.count(.exportsRemoved) }
            for _ in 0..<counts.refused { metrics.count(.exportsRefused) }
            return .delivered
        } catch {
            metrics.count(.exportsRetried)
            if delivery.attempts == 0 {
                log.log(.warning, "export-deferred") { json in
                    json.field("bucket", export.bucket.bucket)
                    json.field("hash", image.hash.hex)
                    json.field("reason", error.reason)
                }
            }
            let pause = RetryPause.microseconds(after: delivery.attempts)
            return .again(at: Clock.wallMicroseconds() + pause)
        }
    }
}

/// Why it is to be tried again.
struct ExportFailure: Error {
    let reason: String
}

/// What an event says of its image.
struct ExportedImage: Sendable {
    let hash: ContentHash
    let owner: UTF8String?
    let name: UTF8String?
    /// When it happened: microseconds since 1970.
    let time: Int64

    init?(_ event: Event) {
        guard let data = (try? JSONValue(event.payload))?["data"],
            let hash = data["hash"]?.string.flatMap({ ContentHash(hex: $0.string) })
        else { return nil }
        (self.hash, time) = (hash, event.time)
        (owner, name) = (data["owner"]?.string, data["name"]?.string)
    }
}
