internal import Configuration
internal import Edge
internal import Events
internal import Export
internal import ImageAPI
internal import ImageIndex
internal import Ingest
internal import Intake
internal import LinuxIO
internal import Notifications
internal import Originals
internal import Rendering
internal import SharedIndex
internal import Telemetry

/// What the edge does by itself, besides answering.
struct Background {
    private let drop: DropFolder?
    private let intake: Intake?
    private let exports: [ExportLine]
    private let notifier: Notifier
    private let eager: EagerMaker
    private let index: any ImageIndex
    private let shared: SharedImageIndex?
    private let bucket: BucketOriginals?

    init(
        _ configuration: Configuration, services: EdgeServices, stores: Stores,
        metrics: Metrics, events: EventLog
    ) throws(StartError) {
        (index, bucket, shared) = (stores.index, stores.bucket, stores.shared)
        do throws(SystemError) {
            notifier = try Notifier(
                configuration.notifications, journal: index.deliveries, metrics: metrics,
                log: events)
            eager = try EagerMaker(
                desk: services.desk, index: index, policy: services.settings.policy)
            var exports: [ExportLine] = []
            for export in configuration.exports {
                exports.append(
                    try services.openExport(
                        export, journal: index.deliveries, directory: configuration.data,
                        events: events))
            }
            self.exports = exports
        } catch {
            throw .storage(directory: "threads", reason: "\(error)")
        }
        drop = try Self.openDropFolder(configuration, services, events)
        intake = try Self.openIntake(configuration, services, events)
    }

    private static func openIntake(
        _ configuration: Configuration, _ services: EdgeServices, _ events: EventLog
    ) throws(StartError) -> Intake? {
        let buckets = configuration.watchedBuckets
        guard !buckets.isEmpty else { return nil }
        let directory = configuration.data + "/buckets"
        let settings = Intake.Settings(
            buckets: buckets, directory: directory,
            byteLimit: configuration.images.uploadByteLimit)
        do throws(Intake.OpeningError) {
            return try services.openIntake(settings, events: events)
        } catch {
            switch error {
            case .store(let reason): throw .storage(directory: directory, reason: "\(reason)")
            case .system(let reason): throw .storage(directory: directory, reason: "\(reason)")
            }
        }
    }

    private static func openDropFolder(
        _ configuration: Configuration, _ services: EdgeServices, _ events: EventLog
    ) throws(StartError) -> DropFolder? {
        guard let directory = configuration.dropDirectory else { return nil }
        guard try !sharesFiles(directory, configuration.data) else {
            throw .storage(
                directory: directory,
                reason: "one of drop.directory and data lies within the other: what an edge "
                    + "keeps would be taken for what is dropped")
        }
        var settings = configuration.drop
        settings.directory = directory
        settings.byteLimit = configuration.images.uploadByteLimit
        do throws(DropFolder.OpeningError) {
            return try services.openDropFolder(settings, events: events)
        } catch {
            switch error {
            case .inUse:
                throw .storage(directory: directory, reason: "another edge takes its files")
            case .failed(let reason): throw .storage(directory: directory, reason: "\(reason)")
            }
        }
    }

    /// Whether one of the two lies within the other.
    private static func sharesFiles(_ drop: String, _ data: String) throws(StartError) -> Bool {
        do throws(SystemError) {
            let dropFolder = try Directory(at: drop)
            let dataFolder = try Directory(at: data)
            if try dropFolder.lies(within: dataFolder) { return true }
            return try dataFolder.lies(within: dropFolder)
        } catch { throw .storage(directory: drop, reason: "\(error)") }
    }

    /// Before a scrape.
    func refreshGauges(_ metrics: Metrics) {
        notifier.refreshGauges()
        metrics.set(.images, (try? index.presentCount()) ?? 0)
        shared?.publish(to: metrics)
        metrics.set(.eagerPending, (try? index.pendingCount()) ?? 0)
        metrics.set(.dropWaiting, drop?.waitingCount ?? 0)
        metrics.set(
            .exportsWaiting,
            (try? index.deliveries.backlog(of: exports.map(\.subscriber)))?.count ?? 0)
        metrics.set(.exportsFailing, exports.count(where: \.isFailing))
        metrics.set(.bucketsFailing, intake?.failingCount ?? 0)
        metrics.set(.looksWaiting, intake?.waitingCount ?? 0)
        guard let local = bucket?.statistics else { return }
        metrics.set(.storeLocalBytes, local.byteCount)
        metrics.set(.storeLocalOriginals, local.count)
        metrics.set(.storeLocalHits, total: local.hits)
        metrics.set(.storeLocalMisses, total: local.misses)
    }

    /// Begins nothing more.
    func beginStopping() {
        drop?.beginStopping()
        intake?.beginStopping()
        for export in exports { export.beginStopping() }
        eager.beginStopping()
        notifier.beginStopping()
    }

    /// Waits for what is under way, after `beginStopping`.
    func waitUntilStopped(milliseconds: Int) {
        drop?.waitUntilStopped(milliseconds: milliseconds)
        intake?.waitUntilStopped(milliseconds: min(milliseconds, 2000))
        for export in exports { export.waitUntilStopped(milliseconds: min(milliseconds, 2000)) }
        eager.waitUntilStopped(milliseconds: milliseconds)
        // Nothing is lost by cutting an attempt off.
        notifier.waitUntilStopped(milliseconds: min(milliseconds, 2000))
    }
}
