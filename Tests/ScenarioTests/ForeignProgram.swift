import Foundation
import Glibc

/// Another's program that runs beside a test: a load balancer, Prometheus. Ends with the test.
final class ForeignProgram {
    private let process = Process()
    private let talk = LineCollector()

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = talk.pipe
        process.standardError = talk.pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        talk.start()
    }

    deinit {
        guard process.isRunning else { return }
        _ = Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func terminate() { process.terminate() }

    var output: String { talk.lines.joined(separator: "\n") }

    func awaitLine(seconds: Int, where passes: (String) -> Bool) -> String? {
        talk.await(seconds: seconds, where: passes)
    }

    /// The first of these directories' programs that is there.
    static func find(_ name: String) -> String? {
        ["/usr/bin/\(name)", "/usr/sbin/\(name)"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    static func areThere(_ names: String...) -> Bool { names.allSatisfy { find($0) != nil } }
}
