internal import Configuration
internal import Edge
internal import Glibc
internal import ImageIndex
internal import LinuxIO
internal import Permission
internal import Rendition
internal import Synchronization
internal import Telemetry

/// Enters originals into an index that has lost them. Workers look at each, as at an upload.
struct Recovery {
    let data: String
    let configurationFile: String?
    let jobs: Int

    /// Those that could not be entered, and why.
    func enter(
        _ files: [StoredOriginals.File]
    ) throws(CommandFailure) -> [(hash: ContentHash, reason: String)] {
        let pool: BlockingPool
        do throws(SystemError) { pool = try BlockingPool(threadCount: jobs) } catch {
            throw .failed("\(error)")
        }
        let (stores, services) = try open(pool)
        let failures = Mutex<[(hash: ContentHash, reason: String)]>([])
        let progress = Progress(total: files.count, .pieces)
        try Crowd.run(files.count, threads: jobs, tool: {}) { number, _ in
            let file = files[number]
            if let reason = Self.enter(file, services, pool) {
                failures.withLock { $0.append((file.hash, reason)) }
            }
            progress.add(1)
        }
        progress.end()
        services.stop()
        stores.index.close()
        return failures.withLock { $0 }
    }

    private func open(
        _ pool: BlockingPool
    ) throws(CommandFailure) -> (Stores, EdgeServices) {
        do {
            let configuration = try Configuration.load(
                file: configurationFile, environment: try Process.environment(),
                flags: [(key: "data", text: data)],
                defaults: .defaults(memoryByteCount: Allowance.own.memoryByteCount))
            let events = EventLog(
                minimum: .error, now: { UInt64(clamping: Clock.wallMicroseconds()) }
            ) { Process.write($0, to: 2) }
            let metrics = Metrics(loopCount: 1)
            let stores = try Stores(configuration, metrics, events, isRecovery: true)
            let watermarks = try LoadedWatermarks(configuration, stores.originals, on: pool)
            let made = try EdgeServices(
                settings: configuration.edgeSettings(watermarks),
                workers: configuration.workerSettings, index: stores.index,
                originals: stores.originals, partial: try stores.openPartial(on: pool),
                cache: stores.cache, masters: stores.masters, blocking: pool, metrics: metrics,
                events: events,
                access: Access(tokens: { [] }, uploads: .token, index: .token))
            guard let made else { throw StartError.noWorker }
            return (stores, made)
        } catch { throw .failed("\(error)") }
    }

    /// For a thread, which waits for it.
    private static func enter(
        _ file: StoredOriginals.File, _ services: EdgeServices, _ pool: BlockingPool
    ) -> String? {
        guard let opened = try? Files.open(file.path, flags: O_RDONLY | O_NOFOLLOW),
            let storedAt = try? FileStatus.of(opened).modifiedSeconds
        else { return "it can not be read" }
        let original = SharedDescriptor(opened)
        return pool.wait {
            await services.enterAgain(file.hash, from: original, storedAt: storedAt)
        }
    }
}
