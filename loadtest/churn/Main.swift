import Foundation
import RenditionCache

/// Turns full caches over and says what puts and gets cost, next to a row of LMDB environments in
/// the same run. See loadtest/README.md.
@main struct ChurnBench {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let small = value(of: "--small-mb", in: arguments) ?? 1024
        let large = value(of: "--large-mb", in: arguments) ?? 4096
        let turnovers = value(of: "--turnovers", in: arguments) ?? 10
        let largeTurnovers = value(of: "--large-turnovers", in: arguments) ?? 2
        let root = arguments.last.flatMap { $0.hasPrefix("-") ? nil : $0 } ?? "/tmp/pollex-churn"
        if arguments.contains("--start-only") {
            return try start(root, entries: value(of: "--entries", in: arguments) ?? 1_000_000)
        }
        let smallPuts = try pollex(root, megabytes: small, turnovers: turnovers)
        let largePuts = try pollex(root, megabytes: large, turnovers: largeTurnovers)
        try lmdb(root, megabytes: small, turnovers: 3)
        try hits(root, megabytes: small)
        try start(root, entries: value(of: "--entries", in: arguments) ?? 1_000_000)
        print("\nput at \(large) MB / at \(small) MB: \(ratio(largePuts, smallPuts))")
    }

    private static func value(of name: String, in arguments: ArraySlice<String>) -> Int? {
        guard let index = arguments.firstIndex(of: name), index + 1 < arguments.endIndex
        else { return nil }
        return Int(arguments[index + 1])
    }

    private static func fresh(_ root: String, _ name: String) throws -> String {
        let path = root + "/" + name
        if FileManager.default.fileExists(atPath: path) {
            try FileManager.default.removeItem(atPath: path)
        }
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        return path
    }

    private static func pollex(
        _ root: String, megabytes: Int, turnovers: Int
    ) throws -> [TurnoverResult] {
        let path = try fresh(root, "pollex-\(megabytes)")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let cache = try Turnovers(directory: path, budget: megabytes << 20)
        print("\npollex, \(megabytes) MB\n\(header)")
        var results: [TurnoverResult] = []
        for number in 0...turnovers {
            let result = cache.run()
            report(number == 0 ? "fill" : "\(number)", result, budget: megabytes << 20)
            if number > 0 { results.append(result) }
        }
        let statistics = cache.statistics()
        print(
            "entries \(statistics.entries), table \(statistics.tableBytes) bytes, "
                + "generations \(statistics.generations)")
        if let first = results.first, let last = results.last {
            print("last turnover / first: \(ratio([last], [first]))")
        }
        cache.close()
        return results
    }

    private static func lmdb(_ root: String, megabytes: Int, turnovers: Int) throws {
        let path = try fresh(root, "lmdb-\(megabytes)")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let row = LMDBGenerations(directory: path, budget: megabytes << 20)
        var workload = Workload(seed: 1)
        print("\nLMDB generations, \(megabytes) MB\n\(header)")
        for number in 0...turnovers {
            let result = try row.run(&workload)
            report(number == 0 ? "fill" : "\(number)", result, budget: megabytes << 20)
        }
    }

    private static func hits(_ root: String, megabytes: Int) throws {
        let path = try fresh(root, "hits-\(megabytes)")
        defer { try? FileManager.default.removeItem(atPath: path) }
        var (quiet, churning) = try HitLatency(directory: path, budget: megabytes << 20)
            .run(seconds: 5)
        let (before, during) = (quiet.percentile(0.99), churning.percentile(0.99))
        print("\nhits, body read whole: p50 \(format(quiet.percentile(0.5))) us quiet,")
        print("  \(format(churning.percentile(0.5))) us at 500 inserts/s;")
        print("  p99 \(format(before)) us quiet, \(format(during)) us at 500 inserts/s")
        print("p99 churning / quiet: \(format(during / before))")
    }

    private static func start(_ root: String, entries: Int) throws {
        let path = try fresh(root, "start")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let result = try StartTime.run(directory: path, entries: entries)
        print("\nstart with \(result.entries) entries: serving after", terminator: " ")
        print("\(format(result.openMilliseconds)) ms, all known after", terminator: " ")
        print("\(format(result.loadMilliseconds)) ms", terminator: " ")
        print(
            "(\(format(result.loadCPUMilliseconds)) ms of CPU); table \(result.tableBytes >> 20) MB"
        )
    }

    private static let header =
        "turnover   puts  us/put  cpu us/put  worst ms  us/get   disk/budget"

    private static func report(_ name: String, _ result: TurnoverResult, budget: Int) {
        let columns = [
            name.padding(toLength: 8, withPad: " ", startingAt: 0), "\(result.puts)",
            format(result.putMicroseconds), format(result.putCPUMicroseconds),
            format(result.worstPutMilliseconds),
            format(result.getMicroseconds), format(Double(result.diskBytes) / Double(budget)),
        ]
        print(columns.joined(separator: "  "))
    }

    private static func ratio(_ a: [TurnoverResult], _ b: [TurnoverResult]) -> String {
        func mean(_ results: [TurnoverResult]) -> Double {
            results.map(\.putCPUMicroseconds).reduce(0, +) / Double(max(results.count, 1))
        }
        return format(mean(a) / mean(b))
    }

    private static func format(_ value: Double) -> String { String(format: "%.2f", value) }
}
