internal import Foundation
internal import Glibc
internal import Synchronization

/// A running PostgreSQL for the tests, started by `Tests/Engines`; `make test` does that where it
/// can. Where none runs, what needs one is left out.
package struct DatabaseEngine: Sendable {
    /// Of the cluster: `data/postmaster.pid` has its process.
    package let directory: String

    package static let shared = ProcessInfo.processInfo.environment["POSTGRESQL_ENGINE"]
        .map { DatabaseEngine(directory: $0) }

    private static let number = Atomic(0)

    /// How an empty database of its own is reached.
    package func emptyDatabase() throws -> String {
        let number = Self.number.add(1, ordering: .relaxed).newValue
        let name = "test_\(getpid())_\(number)"
        try Self.script("database", directory, name)
        return try place().replacing("dbname=postgres", with: "dbname=\(name)")
    }

    package func place(of file: String = "place") throws -> String {
        try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
    }

    /// One of a test's own, which it may stop; gone with `stop`.
    package static func start(in directory: String) throws -> DatabaseEngine {
        try script("start", directory, "\(port())")
        return DatabaseEngine(directory: directory)
    }

    package func stop() throws { try Self.script("stop", directory) }

    /// After it ended, under the same address.
    package func startAgain() throws {
        let port = try place().split(separator: " ").first { $0.hasPrefix("port=") }
        try Self.script("again", directory, String(port?.dropFirst(5) ?? ""))
    }

    /// A second one that has all that the first one has acknowledged.
    package func startStandby() throws { try Self.script("standby", directory, "\(Self.port())") }
    package func promoteStandby() throws { try Self.script("promote", directory) }

    /// Statements of whoever may do everything, one after the other.
    package func tell(_ statements: String...) throws {
        try Self.script(["tell", directory] + statements)
    }

    /// To the server and all that work for it.
    package func signal(_ signal: CInt) throws {
        let text = try String(
            contentsOfFile: "\(directory)/data/postmaster.pid", encoding: .utf8)
        guard let main = text.split(separator: "\n").first.flatMap({ pid_t($0) }) else { return }
        let children = try? String(
            contentsOfFile: "/proc/\(main)/task/\(main)/children", encoding: .utf8)
        for process in [main] + (children ?? "").split(separator: " ").compactMap({ pid_t($0) }) {
            _ = kill(process, signal)
        }
    }

    /// Below those that the kernel gives out; other processes of this kind have others.
    private static func port() -> Int {
        let place = number.add(1, ordering: .relaxed).newValue
        return 10_100 + (Int(getpid()) * 17 + place) % 9800
    }

    private static func script(_ words: String...) throws { try script(words) }

    private struct Failure: Error { let words: [String] }

    private static func script(_ words: [String]) throws {
        guard try EngineScript.run("postgresql", words) == 0 else { throw Failure(words: words) }
    }
}
