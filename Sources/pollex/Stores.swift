internal import Configuration
internal import Export
internal import ImageIndex
internal import Ingest
internal import LinuxIO
internal import Notifications
internal import Originals
internal import RenditionCache
internal import SharedIndex
internal import Telemetry

/// What lies in the data directory.
struct Stores {
    let originals: any Originals
    /// The same, where they are in a bucket.
    let bucket: BucketOriginals?
    /// Of the data directory, where it is not that of the files.
    let lock: DataLock?
    let index: any ImageIndex
    /// The same, where several edges share it.
    let shared: SharedImageIndex?
    let cache: RenditionCache
    let masters: RenditionCache?

    /// - Parameter isRecovery: nobody is told of what is entered, and nobody forgotten.
    init(
        _ configuration: Configuration, _ metrics: Metrics, _ events: EventLog,
        isRecovery: Bool = false
    ) throws(StartError) {
        let root = configuration.data
        let names = (
            root + "/originals", configuration.indexDirectory, root + "/cache"
        )
        bucket = try BucketOriginals(configuration, StoreObserver(metrics, events))
        if let bucket {
            originals = bucket
            do throws(CommandFailure) { lock = try DataLock(data: root) } catch {
                throw .storage(directory: root, reason: error.text)
            }
        } else {
            lock = nil
            let local: LocalOriginals
            do throws(OriginalsError) { local = try LocalOriginals(directory: names.0) } catch {
                throw .storage(directory: names.0, reason: "\(error)")
            }
            if !isRecovery, configuration.index.kind == .local {
                try Self.requireIndex(names.1, of: local)
            }
            originals = local
        }
        var options = LocalImageIndex.Options()
        options.subscribers =
            isRecovery
            ? []
            : configuration.notifications.receivers.map(\.subscriber)
                + configuration.exports.map(\.subscriber)
        options.forgetsOthers = !isRecovery
        options.eventCapacity = configuration.notifications.backlog
        (index, shared) = try Self.openIndex(
            configuration, options, IndexObserver(metrics, events))
        do throws(SystemError) {
            cache = try RenditionCache(
                directory: names.2, byteBudget: configuration.cache.byteCount)
        } catch {
            throw .storage(directory: names.2, reason: "\(error)")
        }
        let mastersDirectory = root + "/masters"
        do throws(SystemError) {
            let byteCount = configuration.cache.masterByteCount
            masters =
                byteCount == 0
                ? nil : try RenditionCache(directory: mastersDirectory, byteBudget: byteCount)
        } catch {
            throw .storage(directory: mastersDirectory, reason: "\(error)")
        }
    }

    private static func openIndex(
        _ configuration: Configuration, _ options: LocalImageIndex.Options,
        _ observer: IndexObserver
    ) throws(StartError) -> (any ImageIndex, SharedImageIndex?) {
        let place = configuration.indexDirectory
        do throws(SystemError) {
            _ = try Directory(at: place)
            // What was a replica of an index that this edge shared once is of no use to anybody.
            if configuration.index.kind == .local {
                try? Directory(existing: configuration.data).removeFolder("replica")
            }
        } catch { throw .storage(directory: place, reason: "\(error)") }
        do throws(ImageIndexError) {
            if let shared = try SharedImageIndex.open(configuration, options, observer) {
                return (shared, shared)
            }
            return (try LocalImageIndex(directory: place, options: options), nil)
        } catch { throw .storage(directory: place, reason: "\(error)") }
    }

    /// Uploads of which not all has come.
    func openPartial(on pool: BlockingPool) throws(StartError) -> PartialUploads {
        do throws(OriginalsError) {
            return try PartialUploads(originals.openPartial(), on: pool)
        } catch {
            throw .storage(directory: "partial", reason: "\(error)")
        }
    }

    /// Where there are originals there was an index: without it every one of them would be unknown,
    /// and what was deleted or blocked could come back.
    private static func requireIndex(
        _ directory: String, of originals: LocalOriginals
    ) throws(StartError) {
        guard StoredIndex.byteCount(in: directory) ?? 0 == 0 else { return }
        var isNeeded = false
        do throws(OriginalsError) {
            try originals.forEachHash { _ in
                isNeeded = true
                return false
            }
        } catch { throw .storage(directory: directory, reason: "\(error)") }
        guard !isNeeded else {
            throw .storage(
                directory: directory,
                reason: "there are originals, and no index of them; bring it back by pollex index "
                    + "load of a dump, or make it again by pollex check --repair")
        }
    }
}
