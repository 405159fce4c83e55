import Foundation
import RenditionCache

/// Replays traces through the cache's rules and prints the share of requests that miss, next to
/// exact FIFO, LRU, SIEVE and S3-FIFO of the same bytes. See loadtest/README.md.
@main struct TraceBench {
    private static let shares = [0.001, 0.01, 0.1]

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let isShort = arguments.contains("--short")
        let traces = traces(in: arguments.first { !$0.hasPrefix("-") }, isShort: isShort)
        print("miss ratio at a cache of the given share of all objects' bytes\n")
        print(
            row("trace", "share", ["FIFO", "LRU", "SIEVE", "S3-FIFO", "Pollex", "/best", "/LRU"]))
        var toBest: [Double] = []
        var toLRU: [Double] = []
        for trace in traces {
            for share in shares {
                let ratios = misses(of: trace, share: share)
                let best = ratios[..<4].min() ?? 1
                toBest.append(ratios[4] / best)
                toLRU.append(ratios[4] / ratios[1])
                let columns = (ratios + [toBest.last ?? 0, toLRU.last ?? 0]).map(format)
                print(row(trace.name, "\(share)", columns))
            }
        }
        let mean = toBest.reduce(0, +) / Double(max(toBest.count, 1))
        try compareWithReality()
        print("\nPollex / best of the four, mean: \(format(mean))")
        print("Pollex / LRU, worst: \(format(toLRU.max() ?? 0))")
    }

    /// Files where there are some, made ones otherwise.
    private static func traces(in directory: String?, isShort: Bool) -> [Trace] {
        let folder = URL(filePath: directory ?? "../shared/traces")
        let files = try? FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        let read = (files ?? []).sorted { $0.path < $1.path }.compactMap { Trace(file: $0) }
        if !read.isEmpty { return read }
        let (objects, requests) = isShort ? (200_000, 2_000_000) : (1_000_000, 10_000_000)
        let plain = [0.9, 1.0, 1.2].map { exponent in
            Trace.zipf(exponent: exponent, objects: objects, requests: requests)
        }
        let strange = Trace.zipfWithStrangers(
            exponent: 1.0, objects: objects, requests: requests)
        return plain + [strange]
    }

    private static func misses(of trace: Trace, share: Double) -> [Double] {
        [
            misses(FIFO.self, trace, share), misses(LRU.self, trace, share),
            misses(SIEVE.self, trace, share), misses(S3FIFO.self, trace, share),
            misses(GenerationalModel.self, trace, share),
        ]
    }

    private static func misses<Model: ReplacementModel>(
        _ type: Model.Type, _ trace: Trace, _ share: Double
    ) -> Double {
        let capacity = Int(Double(trace.footprintBytes) * share)
        var model = Model(capacityBytes: capacity, keyCount: trace.sizes.count)
        var misses = 0
        for key in trace.keys
        where !model.request(Int(key), bytes: Int(trace.sizes[Int(key)])) {
            misses += 1
        }
        return Double(misses) / Double(trace.keys.count)
    }

    /// A smaller trace through the cache itself, files and all.
    private static func compareWithReality() throws {
        let trace = Trace.zipf(exponent: 1.0, objects: 20_000, requests: 200_000)
        let capacity = trace.footprintBytes / 10
        let path = FileManager.default.temporaryDirectory
            .appending(path: "pollex-trace-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let cache = try RealCache(directory: path, budgetBytes: capacity)
        var misses = 0
        for key in trace.keys
        where !cache.request(Int(key), bytes: Int(trace.sizes[Int(key)])) {
            misses += 1
        }
        cache.close()
        let real = Double(misses) / Double(trace.keys.count)
        let model = Self.misses(GenerationalModel.self, trace, 0.1)
        print("\n20,000 objects in a cache of a tenth, on the disk: \(format(real))")
        print("the same in the model used above:               \(format(model))")
    }

    private static func row(_ name: String, _ share: String, _ columns: [String]) -> String {
        let padded = columns.map { $0.padding(toLength: 8, withPad: " ", startingAt: 0) }
        return name.padding(toLength: 22, withPad: " ", startingAt: 0)
            + share.padding(toLength: 7, withPad: " ", startingAt: 0) + padded.joined()
    }

    private static func format(_ value: Double) -> String { String(format: "%.4f", value) }
}
