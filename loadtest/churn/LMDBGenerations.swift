import Foundation
import LinuxIO
import Rendition
import Store

/// The design to compare with: a row of LMDB environments, the youngest written in group commits
/// without flushes, the oldest dropped whole. No policy and no index in memory: a get asks each
/// environment from the youngest on.
final class LMDBGenerations {
    private let directory: String
    private let generationBytes: Int
    private let budget: Int
    private var stores: [(path: String, store: Store, bytes: Int)] = []
    private var nextNumber = 0

    init(directory: String, budget: Int) {
        self.directory = directory
        self.budget = budget
        generationBytes = budget / 64
    }

    func run(_ workload: inout Workload) throws -> TurnoverResult {
        var result = TurnoverResult()
        var left = budget
        var (elapsed, writing): (UInt64, Int64) = (0, 0)
        var gets = Durations()
        var worst: UInt64 = 0
        while left > 0 {
            let group = (0..<64).map { _ in workload.next() }
            let (begun, writerStart) = (Clock.monotonicNanoseconds(), CPUTime.thread())
            try put(group)
            writing += CPUTime.thread() - writerStart
            let took = Clock.monotonicNanoseconds() - begun
            elapsed += took
            worst = max(worst, took)
            result.puts += group.count
            for (_, body) in group {
                left -= body.count
                result.storedBytes += body.count
            }
            for _ in 0..<8 {
                let recent = workload.made - 1 - workload.index(below: min(workload.made, 1000))
                let key = Workload.key(recent)
                let before = Clock.monotonicNanoseconds()
                if try get(key) {
                    gets.append(Clock.monotonicNanoseconds() - before)
                    result.getHits += 1
                }
            }
        }
        result.putCPUMicroseconds = Double(writing) / 1000 / Double(result.puts)
        result.putMicroseconds = Double(elapsed) / 1000 / Double(result.puts)
        result.worstPutMilliseconds = Double(worst) / 1_000_000
        result.getMicroseconds = gets.percentile(0.5)
        result.diskBytes = DiskUsage.bytes(in: directory)
        return result
    }

    private func put(_ group: [(key: RenditionKey, body: [UInt8])]) throws {
        let bytes = group.reduce(0) { $0 + $1.body.count + 4096 }
        if stores.last.map({ $0.bytes + bytes > generationBytes }) ?? true { try rotate() }
        guard let youngest = stores.last else { return }
        let table = youngest.store.database("renditions")
        try youngest.store.write { transaction throws(StoreError) in
            for (key, body) in group {
                try key.withBytes { bytes throws(StoreError) in
                    try transaction.put(body.span, for: bytes, in: table)
                }
            }
        }
        stores[stores.count - 1].bytes += bytes
    }

    private func rotate() throws {
        if stores.count == 62 {
            let oldest = stores.removeFirst()
            try FileManager.default.removeItem(atPath: oldest.path)
        }
        nextNumber += 1
        let path = directory + "/\(nextNumber)"
        _ = try LinuxIO.Directory(at: path)
        let options = Store.Options(
            durability: .processOnly, mapByteCount: generationBytes * 2, maximumReaders: 16)
        let store = try Store(directory: path, databases: ["renditions"], options: options)
        stores.append((path, store, 0))
    }

    private func get(_ key: RenditionKey) throws -> Bool {
        for (_, store, _) in stores.reversed() {
            let table = store.database("renditions")
            let found = try store.read { snapshot throws(StoreError) in
                try key.withBytes { bytes throws(StoreError) in
                    try snapshot.withValue(for: bytes, in: table) { value in
                        guard let value else { return nil as UInt8? }
                        return Touch.everyPage(of: value)
                    }
                }
            }
            if found != nil { return true }
        }
        return false
    }
}
