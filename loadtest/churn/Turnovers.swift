import Digest
import LinuxIO
import Rendition
import RenditionCache
import Synchronization

/// What one turnover of a full cache cost.
struct TurnoverResult {
    var puts = 0
    var putMicroseconds = 0.0
    /// CPU time of the thread that writes.
    var putCPUMicroseconds = 0.0
    var worstPutMilliseconds = 0.0
    var getMicroseconds = 0.0
    var getHits = 0
    var diskBytes = 0
    var storedBytes = 0
}

/// Fills a cache and turns it over: as many puts in flight as keep the writer busy, lookups of what
/// was stored lately between them.
final class Turnovers {
    private let cache: RenditionCache
    private let reader: CacheReader
    private let directory: String
    private let budget: Int
    private var workload = Workload(seed: 1)
    private let flights = Flights()
    /// What was read, so that the reading is not left out.
    private var touched: UInt8 = 0

    init(directory: String, budget: Int) throws(SystemError) {
        cache = try RenditionCache(directory: directory, byteBudget: budget)
        reader = cache.makeReader()
        self.directory = directory
        self.budget = budget
    }

    /// Puts about as many bytes as the budget is.
    func run() -> TurnoverResult {
        var result = TurnoverResult()
        var gets = Durations()
        var left = budget
        flights.worst.withLock { $0 = 0 }
        let start = Clock.monotonicNanoseconds()
        let writerStart = CPUTime.process() - CPUTime.thread()
        var spentOnGets: UInt64 = 0
        while left > 0 {
            let (key, body) = workload.next()
            left -= body.count
            result.puts += 1
            result.storedBytes += body.count
            put(key, body)
            if result.puts % 8 == 0 {
                let begun = Clock.monotonicNanoseconds()
                let recent = workload.made - 1 - workload.index(below: min(workload.made, 1000))
                let wanted = Workload.key(recent)
                let before = Clock.monotonicNanoseconds()
                if reader.withEntry(wanted, { _, _, body in touched &+= Touch.everyPage(of: body) })
                {
                    gets.append(Clock.monotonicNanoseconds() - before)
                    result.getHits += 1
                }
                spentOnGets += Clock.monotonicNanoseconds() - begun
            }
        }
        flights.drain()
        let elapsed = Clock.monotonicNanoseconds() - start - spentOnGets
        let writing = CPUTime.process() - CPUTime.thread() - writerStart
        result.putCPUMicroseconds = Double(writing) / 1000 / Double(result.puts)
        result.putMicroseconds = Double(elapsed) / 1000 / Double(result.puts)
        result.worstPutMilliseconds = flights.worst.withLock { Double($0) } / 1_000_000
        result.getMicroseconds = gets.percentile(0.5)
        result.diskBytes = DiskUsage.bytes(in: directory)
        return result
    }

    func statistics() -> CacheStatistics { cache.statistics }

    func close() { cache.close() }

    private func put(_ key: RenditionKey, _ body: [UInt8]) {
        flights.takeOff()
        let begun = Clock.monotonicNanoseconds()
        cache.insert(
            key, head: [], body: body, bodyDigest: .known(SHA256Digest(bytes: .zero)),
            metadata: EntryMetadata(lastModifiedSeconds: 0), ticket: cache.ticket()
        ) { [flights] outcome in
            precondition(outcome == .stored, "a put was \(outcome)")
            flights.land(after: Clock.monotonicNanoseconds() - begun)
        }
    }
}
