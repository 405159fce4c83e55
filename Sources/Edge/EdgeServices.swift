internal import Coalescing
internal import HTTP
package import ImageIndex
internal import Ingest
internal import JSON
package import LinuxIO
package import Originals
package import Rendition
package import RenditionCache
internal import Synchronization
package import Telemetry
package import WorkerLink
package import Workers

/// What the edge is made of, shared by all loops. Made at the start, and with other settings of how
/// it answers whenever the configuration is read again.
package final class EdgeServices: Sendable {
    /// Of one `multipart/form-data` body.
    package struct FormLimits: Sendable {
        package var byteCount = 2 << 30
        package var partCount = 64
        package var headByteCount = 8 << 10
        package init() {}
    }

    package struct Settings: Sendable {
        package var policy = RenditionPolicy()
        package var jobLimits = JobLimits()
        package var style = Style()
        package var jobTimeout = Duration.seconds(20)
        package var queueJobs = 512
        package var queueBytes = 512 << 20
        package var uploadByteLimit = 512 << 20
        package var form = FormLimits()
        package var quotas = Quotas.Limits()
        package var crossOrigin = CrossOrigin()
        package var servesOriginals = true
        /// What needs a signature; `nil`: nothing does, and none is looked at.
        package var gate: URLGate?
        package var takesClientHints = false
        package var logsAccess = true
        package var watermarks = WatermarkStore()

        package init() {}
    }

    let settings: Settings
    let index: LocalImageIndex
    let originals: any Originals
    let cache: RenditionCache
    let masters: MasterStore?
    let blocking: BlockingPool
    let metrics: Metrics
    let events: EventLog
    let access: Access
    let quotas: Quotas
    let pipeline: PipelineVersion
    let fieldSets: FieldSets
    /// What the first worker said of itself; the others say the same.
    package let workers: Greeting
    let desk: RenderDesk
    let ingest: Ingest
    private let pool: WorkerPool
    private let drain: Drain

    package var isDraining: Bool { drain.hasBegun.load(ordering: .relaxed) }
    var policy: RenditionPolicy { settings.policy }
    var logsAccess: Bool { settings.logsAccess }

    /// Starts the workers and waits for the first, whose codecs name the pipeline version; `nil`
    /// when none comes up.
    package init?(
        settings: Settings, workers: WorkerConfiguration, index: LocalImageIndex,
        originals: any Originals, cache: RenditionCache, masters: RenditionCache?,
        blocking: BlockingPool,
        metrics: Metrics, events: EventLog, access: Access
    ) throws(SystemError) {
        let source = JobSource()
        let pool = try WorkerPool(
            workers, source: { source.next(holding: $0, isReserve: $1) }, tick: { source.tick() },
            observe: PoolObserver(metrics: metrics, events: events).take)
        guard let greeting = pool.waitUntilReady() else { return nil }
        // Masters come of the libraries and of our code alone.
        let masterPipeline = PipelineVersion(parts: [greeting.versions, PipelineVersion.code])
        let pipeline = PipelineVersion(
            parts: [
                greeting.versions, PipelineVersion.code, "masters \(masters != nil)",
                "output \(settings.policy.limits.side) \(settings.policy.limits.pixels)",
            ] + settings.style.parts)
        self.workers = greeting
        var deskSettings = RenderDesk.Settings(
            limits: settings.jobLimits, style: settings.style,
            jobTimeout: settings.jobTimeout, admission: .init(workers: workers.concurrency))
        deskSettings.admission.small.jobs = settings.queueJobs
        deskSettings.admission.bytes = UInt64(settings.queueBytes)
        // What nobody waits for leaves a worker to the others.
        deskSettings.admission.background.running = max(1, workers.concurrency - 1)
        let masters = masters.map { MasterStore($0, pipeline: masterPipeline) }
        let desk = RenderDesk(
            settings: deskSettings, originals: originals, masters: masters,
            watermarks: settings.watermarks,
            finisher: RenditionFinisher(
                cache: cache, index: index, pipeline: pipeline, blocking: blocking),
            metrics: metrics)
        source.attach(desk)
        desk.attach(pool)
        (self.settings, self.index, self.originals) = (settings, index, originals)
        (self.cache, self.blocking, self.metrics) = (cache, blocking, metrics)
        self.events = events
        (self.access, self.pipeline, self.desk, self.pool) = (access, pipeline, desk, pool)
        drain = Drain()
        self.masters = masters
        fieldSets = FieldSets(
            settings.crossOrigin, takesClientHints: settings.takesClientHints)
        quotas = Quotas(settings.quotas)
        ingest = Ingest(
            originals: originals, index: index, pipeline: pipeline,
            isEager: settings.policy.presets.contains(where: \.isEager),
            probe: { await Self.probe($0, at: desk, masters) })
    }

    /// The same edge, which from now on answers otherwise: by `settings` that differ in what the
    /// workers, the index and the caches have no part in.
    package init(renewing services: EdgeServices, settings: Settings) {
        self.settings = settings
        (index, originals, cache) = (services.index, services.originals, services.cache)
        (masters, blocking, metrics) = (services.masters, services.blocking, services.metrics)
        (access, pipeline, workers) = (services.access, services.pipeline, services.workers)
        events = services.events
        (desk, ingest, pool) = (services.desk, services.ingest, services.pool)
        drain = services.drain
        fieldSets = FieldSets(
            settings.crossOrigin, takesClientHints: settings.takesClientHints)
        let isSame = settings.quotas == services.settings.quotas
        quotas = isSame ? services.quotas : Quotas(settings.quotas)
    }

    /// What a worker says of an upload.
    private static func probe(
        _ upload: Ingest.Spooled, at desk: RenderDesk, _ masters: MasterStore?
    ) async -> Ingest.Probe {
        let order = ProbeOrder(
            hash: upload.hash, file: upload.file, byteCount: upload.byteCount,
            ticket: masters?.ticket(),
            client: upload.client.map { JobClient($0) } ?? JobClient(upload.hash))
        switch await desk.probe(order) {
        case .facts(let facts): return .facts(facts)
        case .refused(let refusal): return .refused(refusal)
        case .failed(.overloaded(let seconds)):
            return .unavailable(retryAfterSeconds: seconds)
        case .failed: return .unavailable(retryAfterSeconds: 1)
        }
    }

    /// From now on `/readyz` says no.
    package func beginDrain() { drain.hasBegun.store(true, ordering: .relaxed) }

    /// What keeps the edge from doing its work, if anything.
    func unreadiness() async -> String? {
        if isDraining { return "draining" }
        if !pool.isReady { return "no worker" }
        return await withTaskExecutorPreference(blocking) {
            do {
                _ = try index.counts()
                _ = try originals.begin()
                return nil
            } catch let error as ImageIndexError {
                return "index: \(error)"
            } catch {
                return "originals: \(error)"
            }
        }
    }

    /// Ends the workers and writes what waits for the cache. After the listeners have drained.
    package func stop() {
        pool.stop()
        cache.close()
        masters?.close()
    }
}

private final class Drain: Sendable {
    let hasBegun = Atomic(false)
}

/// Joins pool and desk, which need each other.
private final class JobSource: Sendable {
    private let desk = Mutex<RenderDesk?>(nil)
    func attach(_ desk: RenderDesk) { self.desk.withLock { $0 = desk } }
    func next(holding held: JobInput?, isReserve: Bool) -> WorkerJob? {
        desk.withLock { $0 }?.nextJob(holding: held, isReserve: isReserve)
    }
    func tick() { desk.withLock { $0 }?.tick() }
}

/// Turns what happens to workers into metrics and log lines.
private struct PoolObserver: Sendable {
    let metrics: Metrics
    let events: EventLog

    func take(_ event: PoolEvent) {
        switch event {
        case .states(let starting, let idle, let busy):
            metrics.set(.workersStarting, starting)
            metrics.set(.workersIdle, idle)
            metrics.set(.workersBusy, busy)
        case .crashed(let signal, let original):
            metrics.count(.workerCrash(signal: signal))
            events.log(.warning, "worker-crashed") { json in
                json.field("signal", Int(signal))
                if let original { json.field("hash", original.hex) }
            }
        case .failedToStart(let reason):
            events.log(.error, "worker-failed-to-start") { $0.field("reason", reason) }
        case .said(let process, let text, let omitted):
            events.log(.warning, "worker-said") { json in
                json.field("process", Int(process))
                json.field("text", text)
                if omitted > 0 { json.field("omitted", omitted) }
            }
        }
    }
}
