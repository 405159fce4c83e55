package import Answers
internal import Coalescing
package import ImageAPI
package import ImageIndex
package import Ingest
package import LinuxIO
package import Originals
package import Permission
package import Rendering
package import Rendition
package import RenditionCache
internal import Synchronization
package import Telemetry
package import Workers

/// What the edge is made of, shared by all loops. Made at the start, and with other settings of how
/// it answers whenever the configuration is read again.
package final class EdgeServices: Sendable {
    package struct Settings: Sendable {
        package var policy = RenditionPolicy()
        package var rendering = RenderDesk.Settings()
        package var images = ImageServices.Settings()
        package var quotas = Quotas.Limits()
        package var crossOrigin = CrossOrigin()
        package var servesOriginals = true
        package var servesConsole = false
        /// Exports name objects after images.
        package var exportsByName = false
        /// Scheme, host and port that links and redirections begin with.
        package var publicOrigin = ""
        /// What needs a signature; `nil`: nothing does, and none is looked at.
        package var gate: URLGate?
        package var takesClientHints = false
        package var logsAccess = true
        /// Beyond, nothing is delivered; `nil`: however long it is.
        package var maximumStaleness: Duration?

        package init() {}
    }

    /// What is kept as long as the edge runs, however it answers.
    private struct Core: Sendable {
        let desk: RenderDesk
        let ingest: Ingest
        let partial: PartialUploads
        let index: any ImageIndex
        let originals: any Originals
        let blocking: BlockingPool
        let events: EventLog
        let access: Access
        let drain = Drain()
        let refused = RefusedUploads()
        let inbox = HintInbox()
    }

    package let settings: Settings
    private let core: Core
    package let desk: RenderDesk
    package let index: any ImageIndex
    package let images: ImageServices
    let fieldSets: FieldSets

    var originals: any Originals { core.originals }
    var ingest: Ingest { core.ingest }
    var blocking: BlockingPool { core.blocking }
    var inbox: HintInbox { core.inbox }
    var quotas: Quotas { images.permissions.quotas }
    package var isDraining: Bool { core.drain.hasBegun.load(ordering: .relaxed) }

    /// Starts the workers and waits for the first; `nil` when none comes up.
    package convenience init?(
        settings: Settings, workers: WorkerConfiguration, index: any ImageIndex,
        originals: any Originals, partial: PartialUploads, cache: RenditionCache,
        masters: RenditionCache?, blocking: BlockingPool, metrics: Metrics, events: EventLog,
        access: Access
    ) throws(SystemError) {
        let opened = try RenderDesk.open(
            settings.rendering, workers: workers, index: index, originals: originals, cache: cache,
            masters: masters, blocking: blocking, metrics: metrics, events: events)
        guard let desk = opened else { return nil }
        let ingest = Ingest(
            originals: originals, index: index, pipeline: desk.pipeline,
            isEager: settings.policy.presets.contains(where: \.isEager),
            notesNames: settings.exportsByName,
            probe: { await Self.probe($0, at: desk) })
        let core = Core(
            desk: desk, ingest: ingest, partial: partial, index: index, originals: originals,
            blocking: blocking, events: events, access: access)
        self.init(settings, core, quotas: Quotas(settings.quotas))
    }

    /// The same edge, which from now on answers otherwise: by `settings` that differ in what the
    /// workers, the index and the caches have no part in.
    package convenience init(renewing services: EdgeServices, settings: Settings) {
        let isSame = settings.quotas == services.settings.quotas
        self.init(
            settings, services.core,
            quotas: isSame ? services.quotas : Quotas(settings.quotas))
    }

    private init(_ settings: Settings, _ core: Core, quotas: Quotas) {
        self.settings = settings
        self.core = core
        (desk, index) = (core.desk, core.index)
        fieldSets = FieldSets(
            settings.crossOrigin, takesClientHints: settings.takesClientHints)
        let permissions = Permissions(
            access: core.access, quotas: quotas, gate: settings.gate,
            origins: settings.crossOrigin.listed)
        images = ImageServices(
            settings: settings.images, desk: core.desk, ingest: core.ingest, partial: core.partial,
            index: core.index, permissions: permissions, fieldSets: fieldSets,
            links: LinkMaker(
                policy: settings.policy, gate: settings.gate,
                servesOriginals: settings.servesOriginals, origin: settings.publicOrigin),
            events: core.events, refused: core.refused, inbox: core.inbox)
    }

    /// What a worker says of an upload.
    private static func probe(
        _ upload: Ingest.Spooled, at desk: RenderDesk
    ) async -> Ingest.Probe {
        let order = ProbeOrder(
            hash: upload.hash, file: upload.file, byteCount: upload.byteCount,
            ticket: desk.masters?.ticket(),
            client: upload.client.map { JobClient($0) } ?? JobClient(upload.hash))
        switch await desk.probe(order) {
        case .facts(let facts): return .facts(facts)
        case .refused(let refusal): return .refused(refusal)
        case .failed(.overloaded(let seconds)):
            return .unavailable(retryAfterSeconds: seconds)
        case .failed: return .unavailable(retryAfterSeconds: 1)
        }
    }

    /// Of these bytes, which are deleted or blocked, nothing is served when it returns. Blocks.
    package func forget(_ hashes: [ContentHash]) {
        let (desk, originals) = (desk, originals)
        blocking.wait {
            // Together, for each waits for a flush, and they share them.
            await withDiscardingTaskGroup { group in
                for hash in hashes {
                    group.addTask {
                        originals.forget(hash)
                        _ = await desk.cache.purge(original: hash)
                        await desk.masters?.purge(hash)
                        desk.forgetFailures(of: hash)
                    }
                }
            }
        }
    }

    /// From now on `/readyz` says no.
    package func beginDrain() { core.drain.hasBegun.store(true, ordering: .relaxed) }

    /// Somebody decides by it whether to send us clients.
    package func noteReadinessAsked() {
        core.drain.askedAt.store(Clock.monotonicNanoseconds(), ordering: .relaxed)
    }

    /// Whether that was within the last minute.
    package var isWatched: Bool {
        let last = core.drain.askedAt.load(ordering: .relaxed)
        return last != 0 && Clock.monotonicNanoseconds() &- last < 60_000_000_000
    }

    /// What only part of the work can do without, and has to just now, if anything.
    package var trouble: String? { originals.trouble ?? index.trouble }

    /// What keeps the edge from doing its work, if anything.
    package func unreadiness() async -> String? {
        if isDraining { return "draining" }
        if !desk.isReady { return "no worker" }
        if index.isLoading { return "index: what others have is being loaded" }
        return await withTaskExecutorPreference(blocking) {
            do {
                _ = try await index.counts()
                _ = try await originals.begin()
                return nil
            } catch let error as ImageIndexError {
                return "index: \(error)"
            } catch {
                return "originals: \(error)"
            }
        }
    }

    /// Ends the workers and writes what waits for the cache. After the listeners have drained.
    package func stop() { desk.stop() }
}

private final class Drain: Sendable {
    let hasBegun = Atomic(false)
    /// When somebody last asked whether we are ready (monotonic nanoseconds); 0: nobody.
    let askedAt = Atomic<UInt64>(0)
}
