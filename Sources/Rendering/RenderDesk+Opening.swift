package import ImageIndex
internal import JSON
package import LinuxIO
package import Originals
internal import Rendition
package import RenditionCache
internal import Synchronization
package import Telemetry
internal import WorkerLink
package import Workers

extension RenderDesk {
    /// Starts the workers and waits for the first, whose codecs name the pipeline version; `nil`
    /// when none comes up.
    package static func open(
        _ settings: Settings, workers: WorkerConfiguration, index: any ImageIndex,
        originals: any Originals, cache: RenditionCache, masters: RenditionCache?,
        blocking: BlockingPool, metrics: Metrics, events: EventLog
    ) throws(SystemError) -> RenderDesk? {
        let source = JobSource()
        let pool = try WorkerPool(
            workers, source: { source.next(holding: $0, isReserve: $1) }, tick: { source.tick() },
            observe: PoolObserver(metrics: metrics, events: events).take)
        guard let greeting = pool.waitUntilReady() else { return nil }
        // Masters come of the libraries and of our code alone.
        let masterPipeline = PipelineVersion(parts: [greeting.versions, PipelineVersion.code])
        let output = settings.limits.output
        let pipeline = PipelineVersion(
            parts: [
                greeting.versions, PipelineVersion.code, "masters \(masters != nil)",
                "output \(output.side) \(output.pixels)",
            ] + settings.style.parts)
        let desk = RenderDesk(
            settings: settings, originals: originals,
            masters: masters.map { MasterStore($0, pipeline: masterPipeline) },
            finisher: RenditionFinisher(
                cache: cache, index: index, pipeline: pipeline, blocking: blocking),
            metrics: metrics, pool: pool, workers: greeting, workerCount: workers.concurrency)
        source.attach(desk)
        return desk
    }

    /// Whether a worker is there to take a job.
    package var isReady: Bool { pool.isReady }

    /// Ends the workers and writes what waits for the caches.
    package func stop() {
        pool.stop()
        cache.close()
        masters?.close()
    }
}

/// Joins pool and desk, which need each other: the workers come first, for they name the pipeline.
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
