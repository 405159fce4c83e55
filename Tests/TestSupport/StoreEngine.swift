internal import Foundation
internal import Glibc

/// A running store of objects for the tests, started by `Tests/Engines`; `make test` does that
/// where it can. Where none runs, what needs one is left out.
package struct StoreEngine: Sendable, CustomStringConvertible {
    package let description: String
    /// Its processes' ids lie in `run` below.
    package let directory: String
    private let settings: [String: String]

    package static let ceph = StoreEngine("ceph", variable: "CEPH_ENGINE")
    package static let swift = StoreEngine("swift", variable: "SWIFT_ENGINE")
    package static let all = [ceph, swift].compactMap { $0 }

    private init?(_ name: String, variable: String) {
        guard let directory = ProcessInfo.processInfo.environment[variable] else { return nil }
        self.init(name, in: directory)
    }

    private init?(_ name: String, in directory: String) {
        guard
            let text = try? String(contentsOfFile: "\(directory)/s3.env", encoding: .utf8)
        else { return nil }
        (description, self.directory) = (name, directory)
        var settings: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            settings[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        self.settings = settings
    }

    package var endpoint: String { settings["endpoint", default: ""] }
    /// A gateway of its own to the same objects, for tests that stop it.
    package var otherEndpoint: String { settings["other", default: ""] }
    package var bucket: String { settings["bucket", default: ""] }
    package var accessKey: String { settings["access", default: ""] }
    package var secretKey: String { settings["secret", default: ""] }

    /// Sends a signal to one of its processes, by its name in `run`.
    package func signal(_ signal: CInt, _ name: String) throws {
        let text = try String(contentsOfFile: "\(directory)/run/\(name).pid", encoding: .utf8)
        guard let process = pid_t(text.filter(\.isNumber)) else { return }
        _ = kill(process, signal)
    }

    /// Ceph's gateway that is asked at `otherEndpoint`, once it was killed.
    package func restartOtherGateway() throws {
        try EngineScript.run("ceph", ["gateway", directory])
    }

    /// A Ceph of a test's own, of which it may stop any part; gone with `stop`.
    package static func startCeph(in directory: String) throws -> StoreEngine? {
        // Somewhere below the ports that the kernel gives out.
        let port = 20_000 + Int(getpid() % 200) * 50
        try EngineScript.run("ceph", ["start", directory, "\(port)"])
        return StoreEngine("ceph", in: directory)
    }

    package func stop() throws { try EngineScript.run("ceph", ["stop", directory]) }

    /// A part of the bucket that is empty.
    package static func emptyPrefix() -> String { "\(UUID().uuidString)/" }

    /// What an edge is told of it.
    package func settings(prefix: String, endpoint: String? = nil) -> [String: String] {
        [
            "ORIGINALS_STORE": "s3", "ORIGINALS_S3_ENDPOINT": endpoint ?? self.endpoint,
            "ORIGINALS_S3_BUCKET": bucket, "ORIGINALS_S3_PREFIX": prefix,
            "ORIGINALS_S3_ACCESS_KEY": accessKey, "ORIGINALS_S3_SECRET_KEY": secretKey,
        ]
    }
}
