import Foundation
import Glibc
import TestSupport
import Testing

/// The worker processes of a running edge, seen from outside.
extension Edge {
    /// The programs with the tests' worker in the real one's place, in a folder of their own.
    static func programsWithTestWorker() throws -> Scratch {
        let folder = try Scratch()
        for (name, source) in [("pollex", "pollex"), ("pollex-worker", "test-worker")] {
            try FileManager.default.copyItem(
                at: products.appending(path: source),
                to: URL(filePath: folder.path).appending(path: name))
        }
        return folder
    }

    var workers: [pid_t] { Self.workers(of: process.processIdentifier) }

    /// Those that are there right now, zombies not counted.
    static func workers(of parent: pid_t) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { pid in
            // After the name in parentheses: state, parent.
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                text.contains("(pollex-worker)")
            else { return false }
            let rest = text[(text.lastIndex(of: ")") ?? text.startIndex)...]
                .split(separator: " ")
            return rest.count > 2 && rest[1] != "Z" && rest[2] == "\(parent)"
        }
    }

    /// For tests that stop workers and wait for states, however long that takes.
    static let oneWorkerWithoutDeadlines = [
        "WORKERS": "1", "LIMITS_JOB_SECONDS": "600", "LIMITS_JOB_PROCESSOR_SECONDS": "600",
    ]

    /// Stops the one that is at work, so that it is at it until it is killed.
    func stopBusyWorker() throws {
        let isSettled = try waits {
            let metrics = try metrics()
            return metrics["pollex_workers{state=\"starting\"}"] == 0
                && metrics["pollex_workers{state=\"busy\"}"] == 1
        }
        #expect(isSettled)
        let worker = try #require(busyWorker())
        _ = Glibc.kill(worker, SIGSTOP)
    }

    /// The one whose processor time grows; none may be starting.
    func busyWorker() -> pid_t? {
        let before = Dictionary(uniqueKeysWithValues: workers.map { ($0, Self.ticks(of: $0)) })
        var found: pid_t?
        _ = waits {
            found = workers.first { Self.ticks(of: $0) > before[$0, default: .max] }
            return found != nil
        }
        return found
    }

    private static func ticks(of pid: pid_t) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        let rest = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        return rest.count > 13 ? (Int(rest[12]) ?? 0) + (Int(rest[13]) ?? 0) : 0
    }

    func signalWorkers(_ signal: CInt) {
        for worker in workers { _ = Glibc.kill(worker, signal) }
    }

    var busyWorkers: Int {
        Int((try? metrics()["pollex_workers{state=\"busy\"}"]) ?? 0)
    }

    /// As long as its first worker may take to start.
    func becomesReady() throws -> Bool {
        try waits { try ask("GET", "/readyz", admin: true).status == 200 }
    }

    /// Asks until it is so; `false` when it is not within seconds.
    func waits(seconds: Double = 120, until condition: () throws -> Bool) rethrows -> Bool {
        try eventually(seconds: seconds, condition)
    }
}
