internal import Configuration
internal import Digest
internal import Edge
internal import HTTP
internal import HTTPServer
internal import ImageIndex
internal import JSON
internal import LinuxIO
internal import Operations
internal import Originals
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import SharedIndex
internal import Telemetry
internal import Permission
internal import WorkerLink
internal import Workers

/// Why the edge does not start.
enum StartError: Error, CustomStringConvertible {
    case badAddress(String)
    case storage(directory: String, reason: String)
    case listener(String, SystemError)
    case noWorker
    case tooFewDescriptors(Int, needed: Int)
    case missingWalls([Wall])
    case watermark(String, reason: String)
    case certificates(String)

    var description: String {
        switch self {
        case .badAddress(let text): "\(text) is no numeric address and port."
        case .storage(let directory, let reason): "\(directory): \(reason)"
        case .listener(let address, let error):
            "can not listen on \(address): \(error)" + Self.holder(of: address, error)
        case .noWorker:
            "no worker came up; lines above say why. pollex-worker must lie beside pollex."
        case .tooFewDescriptors(let count, let needed):
            "only \(count) descriptors may be open; \(needed) are needed (ulimit -n, LimitNOFILE)."
        case .certificates(let reason): reason
        case .watermark(let name, let reason): "watermarks.\(name): \(reason)"
        case .missingWalls(let walls):
            """
            there is no \(walls.list) to keep a worker in\(Self.reason(of: walls)). Images are \
            decoded without it only if sandbox.allowMissing names it.
            """
        }
    }
}

extension StartError {
    /// Why there is no such wall, if it can be known.
    private static func reason(of walls: [Wall]) -> String {
        guard walls.contains(.landlock), let reason = Process.landlockFault else { return "" }
        return ": \(reason)"
    }

    /// Who is there already, if it can be known.
    private static func holder(of address: String, _ error: SystemError) -> String {
        guard error.isAddressInUse, let port = SocketAddress(address)?.port,
            let holder = PortHolder(of: port)
        else { return "" }
        return "; \(holder)"
    }
}

/// A started edge: its stores, workers and listeners.
struct RunningEdge {
    /// They mostly wait for the disk: so many flushes are under way at once.
    private static let blockingCount = 16

    private let configuration: Configuration
    private var services: EdgeServices
    private let watermarks: LoadedWatermarks
    private let index: any ImageIndex
    private let publicServer: HTTPServer
    private let adminServer: HTTPServer
    private let background: Background
    private let log: LogWriter
    private let events: EventLog
    private let tokens: TokenWatch
    private let lock: DataLock?
    private let certificates: Certificates

    /// - Parameter onDrain: called when `POST /drain` asks for the end.
    init(
        _ configuration: Configuration, onDrain: @escaping @Sendable () -> Void
    ) throws(StartError) {
        self.configuration = configuration
        let loopCount = configuration.loopCount
        let count = try Self.countDescriptors(for: configuration)
        let limits = configuration.serverLimits(descriptors: count)
        events = Self.openLog()
        let admin = ListenerSettings(.address(try Self.address(configuration.admin)))
        log = LogWriter(loopCount: loopCount, isOn: configuration.logsAccess)
        let metrics = Metrics(
            loopCount: loopCount, build: [("version", Version.text)], accessLog: log.log)
        let stores = try Stores(configuration, metrics, events)
        (index, lock) = (stores.index, stores.lock)
        tokens = try TokenWatch(configuration, stores.shared, events: events)
        let blocking = try Self.makePool()
        watermarks = try LoadedWatermarks(configuration, stores.originals, on: blocking)
        certificates = try Certificates(configuration, events: events)
        let partial = try stores.openPartial(on: blocking)
        let made: EdgeServices?
        do throws(SystemError) {
            made = try EdgeServices(
                settings: configuration.edgeSettings(watermarks),
                workers: configuration.workerSettings, index: stores.index,
                originals: stores.originals, partial: partial, cache: stores.cache,
                masters: stores.masters, blocking: blocking, metrics: metrics, events: events,
                access: tokens.access(by: configuration))
        } catch { throw .storage(directory: "threads", reason: "\(error)") }
        let services = try Self.requireWorkers(made, by: configuration)
        self.services = services
        try Self.follow(stores, services)
        do {
            publicServer = try HTTPServer(
                name: "loop", listeners: certificates.equipped, loopCount: loopCount, limits: limits
            ) { context in PublicResponder.make(services: services, context: context) }
        } catch {
            throw .listener(error.place.description, error.error)
        }
        background = try Background(
            configuration, services: services, stores: stores, metrics: metrics, events: events)
        let (server, background, data) = (publicServer, background, configuration.data)
        let events = events
        do {
            adminServer = try HTTPServer(
                name: "admin", listeners: [admin], loopCount: 1, limits: limits.forOperators
            ) { _ in
                AdminResponder(
                    services: services,
                    monitor: EdgeMonitor(
                        services: services, server: server, dataDirectory: data, events: events
                    ) { background.refreshGauges(metrics) },
                    drain: {
                        services.beginDrain()
                        onDrain()
                    })
            }
        } catch {
            throw .listener(error.place.description, error.error)
        }
    }

    /// What others deleted while this edge was away is deleted before anybody is served.
    private static func follow(
        _ stores: Stores, _ services: EdgeServices
    ) throws(StartError) {
        guard let shared = stores.shared else { return }
        do throws(SystemError) {
            try shared.start { services.forget($0) }
        } catch { throw .storage(directory: "threads", reason: "\(error)") }
        shared.waitForContact(milliseconds: catchUpMilliseconds)
    }

    /// Beyond, `/readyz` says that it is still at it.
    private static let catchUpMilliseconds = 10_000

    /// Before anything is opened that would have to be left half done.
    private static func countDescriptors(
        for configuration: Configuration
    ) throws(StartError) -> Int {
        let (count, needed) = (Process.descriptorLimit, configuration.leastDescriptorCount)
        guard count >= needed else { throw .tooFewDescriptors(count, needed: needed) }
        return count
    }

    private static func makePool() throws(StartError) -> BlockingPool {
        do throws(SystemError) { return try BlockingPool(threadCount: blockingCount) } catch {
            throw .storage(directory: "threads", reason: "\(error)")
        }
    }

    private static func openLog() -> EventLog {
        EventLog(now: { UInt64(clamping: Clock.wallMicroseconds()) }) { Process.write($0, to: 2) }
    }

    private static func address(_ endpoint: Endpoint) throws(StartError) -> SocketAddress {
        guard let address = SocketAddress(endpoint.description) else {
            throw .badAddress(endpoint.description)
        }
        return address
    }

    /// Says where it listens, one JSON line each on standard error.
    func announce() {
        for (name, server) in [("public", publicServer), ("admin", adminServer)] {
            for place in server.places {
                events.log(.info, "listening") { json in
                    json.field("listener", name)
                    switch place {
                    case .address(let address):
                        json.field("address", address.host)
                        json.field("port", Int(address.port))
                    case .file(let path, _, _): json.field("path", path)
                    }
                    json.field("version", Version.text)
                }
            }
        }
        announceWorkers()
        announceSigning()
        ServiceManager.notify("READY=1")
        announceAccess()
    }

    /// Reads the configuration again: keys that are live count from now on, what else has changed
    /// waits for a restart and is named. One that is wrong changes nothing.
    mutating func reload(_ load: () throws(ConfigurationError) -> Configuration) {
        let changed: Configuration
        do throws(ConfigurationError) { changed = try load() } catch {
            return events.log(.error, "configuration-refused") { $0.field("reason", "\(error)") }
        }
        let renewed = configuration.renewed(from: changed)
        tokens.configure(renewed.auth.tokens)
        certificates.configure(renewed)
        let services = EdgeServices(
            renewing: services, settings: renewed.edgeSettings(watermarks))
        self.services = services
        publicServer.renew { PublicResponder.make(services: services, context: $0) }
        let waiting = changed.changedKeys(since: renewed)
        events.log(waiting.isEmpty ? .info : .warning, "configuration-read") { json in
            json.field("tokens", tokens.current().count)
            json.field("needRestart", waiting.joined(separator: " "))
        }
    }

    /// Who may upload and read the index, as the defaults or the configuration have it.
    private func announceAccess() {
        let count = tokens.current().count
        events.log(.info, "access") { json in
            json.field("uploads", configuration.uploadAccess.rawValue)
            json.field("index", configuration.indexAccess.rawValue)
            json.field("tokens", count)
        }
        guard configuration.uploadAccess == .token && count == 0 else { return }
        events.log(.warning, "uploads-closed") { json in
            json.field(
                "reason",
                "no token, and auth.uploads is not open: uploads get 401; see pollex token")
        }
    }

    /// What nobody can have because nobody can sign for it.
    private func announceSigning() {
        let delivery = configuration.delivery
        guard delivery.signingKeys.isEmpty,
            delivery.sizes == .signed || delivery.originals == .signed
        else { return }
        events.log(.warning, "no-signing-key") { json in
            json.field(
                "reason", "delivery asks for signatures, and delivery.signingKeys is empty: 403")
        }
    }

    /// Workers without a wall that has to be there get no job.
    private static func requireWorkers(
        _ services: EdgeServices?, by configuration: Configuration
    ) throws(StartError) -> EdgeServices {
        guard let services else { throw .noWorker }
        let dispensable = configuration.workers.dispensableWalls
        let missing = services.desk.workers.missingWalls.filter { !dispensable.contains($0) }
        guard missing.isEmpty else { throw .missingWalls(missing) }
        return services
    }

    /// What holds of the sandbox, and which codecs there are.
    private func announceWorkers() {
        let workers = services.desk.workers
        let missing = workers.missingWalls
        events.log(missing.isEmpty ? .info : .warning, "workers") { json in
            json.field("walls", Wall.allCases.filter(workers.walls.contains).list)
            json.field("missing", missing.list)
            json.field("codecs", workers.versions)
        }
    }

    /// From now on `/readyz` says no; everybody is served as before while this waits:
    /// balancers hear of it before they would send clients to nobody. Where none has asked, and
    /// the drain was not ordered by `POST /drain`, there is nobody to wait for.
    func giveNotice(_ wait: (_ milliseconds: Int) -> Void) {
        ServiceManager.notify("STOPPING=1")
        let isHeard = services.isDraining || services.isWatched
        services.beginDrain()
        let milliseconds = isHeard ? Int(configuration.drainNotice.wholeMilliseconds) : 0
        guard milliseconds > 0 else { return }
        events.log(.info, "drain-notice") { $0.field("milliseconds", milliseconds) }
        wait(milliseconds)
    }

    /// Stops accepting; whoever is being served is served to the end.
    func drain() {
        publicServer.drain()
        background.beginStopping()
        events.log(.info, "draining") { $0.field("connections", publicServer.connectionCount) }
    }

    /// Waits until the last connection has ended, or the configured time, then closes the stores.
    func finish() {
        let milliseconds = Int(configuration.drain.wholeMilliseconds)
        publicServer.waitUntilEmpty(milliseconds: milliseconds)
        background.waitUntilStopped(milliseconds: milliseconds)
        for case .file(let path, _, _) in publicServer.places {
            _ = try? Socket.removeAbandoned(path: path)
        }
        services.stop()
        index.close()
        events.log(.info, "stopped") { $0.field("connections", publicServer.connectionCount) }
        log.close()
    }
}

extension [Wall] {
    fileprivate var list: String { map(\.word.description).joined(separator: " ") }
}

extension ServerLimits {
    /// Who share an address with each other, and with what watches the edge for them.
    fileprivate var forOperators: ServerLimits {
        var limits = self
        limits.connectionsPerAddress = 0
        return limits
    }
}
