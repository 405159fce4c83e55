import Digest
import Glibc
import LinuxIO
import Rendition
import RenditionCache

/// How long a cache full of small renditions takes to know them again.
enum StartTime {
    struct Result {
        var entries = 0
        var tableBytes = 0
        var openMilliseconds = 0.0
        var loadMilliseconds = 0.0
        /// Of the threads that load.
        var loadCPUMilliseconds = 0.0
    }

    static func run(directory: String, entries: Int) throws(SystemError) -> Result {
        let budget = entries * 1600
        try fill(directory, budget, entries)
        var result = Result()
        let begun = Clock.monotonicNanoseconds()
        let cpuStart = CPUTime.process() - CPUTime.thread()
        let cache = try RenditionCache(directory: directory, byteBudget: budget)
        _ = cache.makeReader().contains(Workload.key(0))
        result.openMilliseconds = milliseconds(since: begun)
        while !cache.statistics.isLoaded { usleep(1000) }
        result.loadMilliseconds = milliseconds(since: begun)
        let cpu = CPUTime.process() - CPUTime.thread() - cpuStart
        result.loadCPUMilliseconds = Double(cpu) / 1_000_000
        result.entries = cache.statistics.entries
        result.tableBytes = cache.statistics.tableBytes
        cache.close()
        return result
    }

    private static func fill(
        _ directory: String, _ budget: Int, _ entries: Int
    ) throws(SystemError) {
        let cache = try RenditionCache(directory: directory, byteBudget: budget)
        let flights = Flights()
        let body = [UInt8](repeating: 1, count: 1024)
        for number in 0..<entries {
            flights.takeOff()
            cache.insert(
                Workload.key(number), head: [], body: body,
                bodyDigest: .known(SHA256Digest(bytes: .zero)),
                metadata: EntryMetadata(lastModifiedSeconds: 0), ticket: cache.ticket()
            ) { _ in flights.land(after: 0) }
        }
        flights.drain()
        cache.close()
    }

    private static func milliseconds(since begun: UInt64) -> Double {
        Double(Clock.monotonicNanoseconds() - begun) / 1_000_000
    }
}
