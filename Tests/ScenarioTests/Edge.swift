import Digest
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// A running `pollex serve` of this build, on ports of the kernel's choice.
final class Edge {
    struct DidNotStart: Error { let output: String }

    let folder: Scratch
    let process: Process
    private(set) var port: UInt16 = 0
    private(set) var adminPort: UInt16 = 0
    private let talk: LineCollector
    private let accessLog: LineCollector

    /// Where the build put the programs: beside the running tests.
    static let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()
    /// Sanitized programs are big and slow: bounds on memory and time are not for them.
    static let isSanitized = [".build-address", ".build-thread"].contains {
        products.path.contains($0)
    }

    /// - Parameters:
    ///   - settings: configuration keys as environment variables, without `POLLEX_`.
    ///   - configuration: a file of it.
    ///   - faults: what may fail under it.
    ///   - launcher: what a shell does before it becomes the edge.
    ///   - input: its standard input, nothing unless given.
    ///   - programs: where `pollex` and its worker lie; those of this build.
    init(
        folder: Scratch? = nil, listen: String = "127.0.0.1:0", settings: [String: String] = [:],
        configuration: String? = nil, faults: Faults? = nil, launcher: String? = nil,
        input: FileHandle? = nil, programs: URL = products
    ) throws {
        self.folder = try folder ?? Scratch()
        process = Process()
        process.executableURL = programs.appending(path: "pollex")
        process.arguments = [
            "serve", "--listen", listen, "--admin", "127.0.0.1:0", "--data",
            self.folder.path,
        ]
        if let configuration { process.arguments? += ["--config", configuration] }
        if let launcher {
            process.arguments =
                ["-c", "\(launcher); exec \"$0\" \"$@\"", programs.appending(path: "pollex").path]
                + (process.arguments ?? [])
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
        }
        var environment = ProcessInfo.processInfo.environment
        environment["SWIFT_BACKTRACE"] = "enable=no"
        // Their shadow memory takes more addresses than a worker may have.
        if Self.isSanitized { environment["POLLEX_SANDBOX_ALLOW_MISSING"] = "limits" }
        // Each asks for readiness first, and would be given notice of its end.
        environment["POLLEX_LIMITS_DRAIN_NOTICE_SECONDS"] = "0"
        for (key, value) in settings { environment["POLLEX_\(key)"] = value }
        process.environment = environment.merging(faults?.environment ?? [:]) { $1 }
        talk = LineCollector()
        accessLog = LineCollector()
        process.standardError = talk.pipe
        process.standardOutput = accessLog.pipe
        process.standardInput = input ?? FileHandle.nullDevice
        try process.run()
        talk.start()
        accessLog.start()
        port = try listeningPort("public")
        adminPort = try listeningPort("admin")
    }

    deinit {
        if process.isRunning { kill() }
    }

    /// Of all public listeners that have one, in their order.
    var publicPorts: [UInt16] {
        talk.lines.map(\.jsonObject).filter {
            $0["event"] as? String == "listening" && $0["listener"] as? String == "public"
        }.compactMap { ($0["port"] as? Int).map { UInt16($0) } }
    }

    private func listeningPort(_ listener: String) throws -> UInt16 {
        let line = talk.await(seconds: 300) { line in
            let event = line.jsonObject
            return event["event"] as? String == "listening"
                && event["listener"] as? String == listener
        }
        guard let port = line?.jsonObject["port"] as? Int, let port = UInt16(exactly: port) else {
            throw DidNotStart(output: talk.lines.joined(separator: "\n"))
        }
        return port
    }

    /// Asks it to drain.
    func terminate() { _ = Glibc.kill(process.processIdentifier, SIGTERM) }

    /// Kills it as a crash would, and its workers go with it.
    func kill() {
        _ = Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Drains it: the exit status, or `nil` when a signal ended it.
    func stop() -> Int32? {
        terminate()
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }

    /// The first line of the access log so far, or within seconds, that passes.
    func accessLine(seconds: Int = 120, where passes: (String) -> Bool) -> String? {
        accessLog.await(seconds: seconds, where: passes)
    }

    /// All lines of the access log so far that pass.
    func accessLines(where passes: ([String: Any]) -> Bool) -> [[String: Any]] {
        accessLog.lines.map(\.jsonObject).filter(passes)
    }

    /// The first event of this name in the log, or within seconds.
    func event(_ name: String) -> [String: Any]? {
        talk.await(seconds: 120) { $0.jsonObject["event"] as? String == name }?.jsonObject
    }

    /// All events of this name in the log so far.
    func events(_ name: String) -> [[String: Any]] {
        talk.lines.map(\.jsonObject).filter { $0["event"] as? String == name }
    }

    /// All that was said, on both streams.
    var output: String { (talk.lines + accessLog.lines).joined(separator: "\n") }

    func connection(timeoutSeconds: Int = 120) throws -> Connection {
        try Connection(port: port, timeoutSeconds: timeoutSeconds)
    }

    /// One request on a connection of its own.
    func ask(
        _ method: String = "GET", _ target: String, _ fields: [String] = [], body: [UInt8] = [],
        admin: Bool = false
    ) throws -> Answer {
        let connection = try Connection(port: admin ? adminPort : port)
        try connection.send(Self.head(method, target, fields, bodyCount: body.count))
        // An answer may come, and the connection close, before the body is read.
        try? connection.send(body)
        return try connection.readAnswer(to: method)
    }

    static func head(
        _ method: String, _ target: String, _ fields: [String] = [], bodyCount: Int = 0
    ) -> String {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + fields
        if bodyCount > 0 || method == "POST" || method == "PUT" {
            lines.append("Content-Length: \(bodyCount)")
        }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// A form with these files: its fields and its body.
    static func form(_ files: [[UInt8]]) -> (fields: [String], body: [UInt8]) {
        var body: [UInt8] = []
        for (number, file) in files.enumerated() {
            let disposition = "form-data; name=\"files\"; filename=\"\(number).jpg\""
            body += Array("--b\r\nContent-Disposition: \(disposition)\r\n\r\n".utf8)
            body += file + Array("\r\n".utf8)
        }
        body += Array("--b--\r\n".utf8)
        return (["Content-Type: multipart/form-data; boundary=b"], body)
    }

    /// Stores an image and returns its hash.
    @discardableResult
    func upload(_ bytes: [UInt8], type: String = "image/jpeg") throws -> String {
        let answer = try ask("POST", "/images", ["Content-Type: \(type)"], body: bytes)
        try #require([200, 201].contains(answer.status), "\(answer)")
        return contentHash(bytes)
    }

    /// Every sample of `/metrics` by its name with labels.
    func metrics() throws -> [String: Double] {
        let answer = try ask("GET", "/metrics", admin: true)
        try #require(answer.status == 200)
        var samples: [String: Double] = [:]
        for line in answer.text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            samples[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return samples
    }

    /// The sum over all labels of a metric.
    func total(_ name: String) throws -> Double {
        try metrics().filter { $0.key == name || $0.key.hasPrefix("\(name){") }.values.reduce(0, +)
    }

    /// Waits until a metric that trails the answers (the cache's writer commits later) gets there.
    func reaches(_ name: String, _ value: Double) throws -> Bool {
        try waits { try total(name) == value }
    }

    /// The most memory it has had so far.
    func residentPeakMegabytes() throws -> Int {
        let status = try String(
            contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = try #require(status.firstMatch(of: /VmHWM:\s+([0-9]+) kB/))
        return (Int(line.output.1) ?? .max) / 1024
    }

    /// Pictures decoded since the start.
    func decodes() throws -> Double { try total("pollex_decodes_total") }
}

func contentHash(_ bytes: [UInt8]) -> String {
    let digest = SHA256Digest(of: bytes).bytes
    return digest.indices.map { index in
        let hex = String(digest[index], radix: 16)
        return hex.count == 1 ? "0\(hex)" : hex
    }.joined()
}

extension String {
    /// The line as a JSON object; empty when it is none.
    var jsonObject: [String: Any] {
        let value = try? JSONSerialization.jsonObject(with: Data(utf8))
        return value as? [String: Any] ?? [:]
    }
}
