package import Edge
package import HTTPServer
internal import JSON
internal import LinuxIO
internal import Rendering
internal import RenditionCache
package import Telemetry

/// Watches what the parts count by themselves: brings it into the metrics once a second, for
/// `GET /stats`, and before a scrape, and says in the log once what an operator must hear of.
///
/// Belongs to the admin listener's loop. Nothing in it waits: counters are read as they are, the
/// kernel answers from memory.
package final class EdgeMonitor {
    private let services: EdgeServices
    private let server: HTTPServer
    private let dataDirectory: String
    private let events: EventLog
    private let refresh: () -> Void
    private var cacheLog = CacheLog(name: "renditions")
    private var mastersLog = CacheLog(name: "masters")
    private static let second: UInt64 = 1_000_000_000
    /// Monotonic nanoseconds; what asks the index less often.
    private var (publishedAt, refreshedAt): (UInt64, UInt64) = (0, 0)

    /// - Parameters:
    ///   - server: the public one.
    ///   - refresh: brings up to date what the edge does by itself, before a scrape.
    package init(
        services: EdgeServices, server: HTTPServer, dataDirectory: String, events: EventLog,
        refresh: @escaping () -> Void
    ) {
        self.refresh = refresh
        (self.services, self.server) = (services, server)
        (self.dataDirectory, self.events) = (dataDirectory, events)
    }

    /// Several times a second.
    func tick() {
        cacheLog.take(services.desk.cache.statistics, events)
        if let masters = services.desk.masters { mastersLog.take(masters.statistics, events) }
        let now = Clock.monotonicNanoseconds()
        guard now >= publishedAt + Self.second else { return }
        publishedAt = now
        publish()
        if now >= refreshedAt + 10 * Self.second {
            refreshedAt = now
            refresh()
        }
        services.desk.metrics.sample(at: now)
    }

    /// The text of `/metrics`.
    func exposition() -> [UInt8] {
        publish()
        refresh()
        return services.desk.metrics.exposition(of: .current())
    }

    private func publish() {
        let metrics = services.desk.metrics
        metrics.set(.connections, server.connectionCount)
        metrics.set(.connectionsRefused, total: UInt64(server.refusedCount))
        metrics.set(.connectionsShed, total: UInt64(server.shedCount))
        metrics.set(.connectionsUngreeted, total: UInt64(server.ungreetedCount))
        let handshakes = server.handshakeCounts
        metrics.set(.handshakesWhole, total: UInt64(handshakes.whole))
        metrics.set(.handshakesResumed, total: UInt64(handshakes.resumed))
        metrics.set(.handshakesFailed, total: UInt64(handshakes.failed))
        metrics.set(.connectionsAccepted, total: UInt64(server.acceptedCount))
        metrics.set(.draining, services.isDraining ? 1 : 0)
        takeCaches(metrics)
        if let space = try? DiskSpace(at: dataDirectory) {
            metrics.set(.dataFreeBytes, space.freeByteCount)
            metrics.set(.dataSizeBytes, space.byteCount)
        }
        services.desk.publishDepths()
    }

    private func takeCaches(_ metrics: Metrics) {
        let cache = services.desk.cache.statistics
        metrics.set(.cacheEntries, cache.entries)
        metrics.set(.cacheBytes, cache.diskBytes)
        metrics.set(.cacheBudgetBytes, cache.budgetBytes)
        metrics.set(.cacheGenerations, cache.generations)
        metrics.set(.cacheTableBytes, cache.tableBytes)
        metrics.set(.cacheSuspended, cache.isSuspended ? 1 : 0)
        metrics.set(.cacheInsertions, total: UInt64(cache.insertions))
        metrics.set(.cacheInsertionsDropped, total: UInt64(cache.dropped))
        metrics.set(.cacheEvictions, total: UInt64(cache.evictions))
        metrics.set(.cacheCarried, total: UInt64(cache.carried))
        metrics.set(.cachePurged, total: UInt64(cache.purged))
        metrics.set(.integrityOfCache, total: UInt64(cache.integrityFailures))
        metrics.set(.cacheGenerationsDropped, total: UInt64(cache.damagedGenerations))
        guard let masters = services.desk.masters?.statistics else { return }
        metrics.set(.masterEntries, masters.entries)
        metrics.set(.masterBytes, masters.diskBytes)
        metrics.set(.mastersSuspended, masters.isSuspended ? 1 : 0)
        metrics.set(.integrityOfMasters, total: UInt64(masters.integrityFailures))
        metrics.set(.masterGenerationsDropped, total: UInt64(masters.damagedGenerations))
    }
}

/// Says when a cache stops and starts keeping, and what it lost to damage.
private struct CacheLog {
    let name: String
    private var writing = CacheStatistics.Writing.active
    private var damagedGenerations = 0

    init(name: String) { self.name = name }

    mutating func take(_ statistics: CacheStatistics, _ events: EventLog) {
        if statistics.writing != writing {
            writing = statistics.writing
            switch writing {
            case .active: events.log(.info, "cache-writing-resumed") { $0.field("cache", name) }
            case .closed: break
            case .directoryUnusable, .diskFull, .directoryInUse:
                events.log(.error, "cache-writing-suspended") { json in
                    json.field("cache", name)
                    json.field("reason", writing.reason)
                }
            }
        }
        if statistics.damagedGenerations > damagedGenerations {
            events.log(.error, "cache-generation-dropped") { json in
                json.field("cache", name)
                json.field("count", statistics.damagedGenerations - damagedGenerations)
            }
            damagedGenerations = statistics.damagedGenerations
        }
    }
}

extension CacheStatistics {
    fileprivate var isSuspended: Bool { writing != .active && writing != .closed }
}

extension CacheStatistics.Writing {
    fileprivate var reason: String {
        switch self {
        case .active: "active"
        case .directoryUnusable: "the directory can not be reached or written"
        case .diskFull: "the disk is full"
        case .directoryInUse: "another process has the directory"
        case .closed: "closed"
        }
    }
}
