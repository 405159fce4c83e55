import Foundation
import Glibc
import TestSupport
import Testing

/// Whatever state it is started in, an edge serves as any other, or says why it does not start.
@Suite struct InheritanceTests {
    @Test func ignoredSignalsAndLimitsAndTheUmaskAreNotTakenOver() throws {
        let edge = try Edge(
            launcher: "trap '' CHLD HUP TERM INT XFSZ; umask 777; ulimit -S -f 1; ulimit -S -n 64")
        let photo = try Photos.small(1)
        let hash = try edge.upload(photo)
        let path = "originals/\(hash.prefix(2))/\(hash.dropFirst(2).prefix(2))/\(hash)"
        let facts = try FileManager.default.attributesOfItem(atPath: "\(edge.folder.path)/\(path)")
        #expect(facts[.posixPermissions] as? Int == 0o600)
        // With children that are reaped by themselves it would never hear of the end of one.
        let old = Set(edge.workers)
        edge.signalWorkers(SIGKILL)
        #expect(
            edge.waits(seconds: 120) {
                let now = Set(edge.workers)
                return now.count == old.count && now.isDisjoint(with: old)
            })
        _ = kill(edge.process.processIdentifier, SIGHUP)
        #expect(edge.event("configuration-read") != nil)
        #expect(edge.stop() == 0)
    }

    @Test(arguments: [SIGUSR1, SIGUSR2, SIGPIPE, SIGIO, SIGTTOU, SIGTTIN, SIGXFSZ])
    func signalsThatAreNotForItAreIgnored(signal: Int32) throws {
        let edge = try Edge()
        _ = kill(edge.process.processIdentifier, signal)
        #expect(try edge.ask("GET", "/livez", admin: true).status == 200)
        #expect(edge.stop() == 0)
    }

    /// What is written to 1 or 2 then is in a file of the edge's own.
    @Test(arguments: ["<&- >&- 2>&-", ">&- 2>&-", "<&- 2>&-", "2>&-", "<&-"])
    func closedStandardDescriptorsAreNobodyElses(closed: String) throws {
        let folder = try Scratch()
        let photo = try Photos.small(2)
        let hash = try Edge(folder: folder).upload(photo)
        let ports = try Self.freePorts(2)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c",
            "exec \(CommandTests.program) serve --data \(folder.path) --listen"
                + " 127.0.0.1:\(ports[0]) --admin 127.0.0.1:\(ports[1]) \(closed)",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        let end = Date(timeIntervalSinceNow: 300)
        var answer: Answer?
        while answer == nil, process.isRunning, Date() < end {
            guard let connection = try? Connection(port: ports[0]) else {
                poll(nil, 0, 20)
                continue
            }
            try connection.send(Edge.head("GET", "/originals/\(hash)"))
            answer = try connection.readAnswer()
        }
        let isWhole = answer?.content == photo
        #expect(isWhole, "\(process.isRunning)")
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let checked = try run(CommandTests.program, ["check", "--data", folder.path])
        #expect(checked.status == 0, "\(String(decoding: checked.output, as: UTF8.self))")
    }

    /// All of them held until all are known.
    private static func freePorts(_ count: Int) throws -> [UInt16] {
        let descriptors = (0..<count).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        defer { for descriptor in descriptors { close(descriptor) } }
        return try descriptors.map(bindAnywhere)
    }

    private static func bindAnywhere(_ descriptor: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let bound = unsafe bind(descriptor, address, length)
                return bound < 0 ? bound : unsafe getsockname(descriptor, address, &length)
            }
        }
        try #require(code == 0)
        return UInt16(bigEndian: address.sin_port)
    }

    @Test func aFileLimitIsAFullDisk() throws {
        let edge = try Edge(
            settings: ["CACHE_BYTES": "1MiB", "CACHE_MASTER_BYTES": "0"],
            launcher: "ulimit -f 16384")
        let kept = try edge.upload(try Photos.small(1))
        let large = try Photos.small(2) + [UInt8](repeating: 0, count: 9 << 20)
        try edge.ask("POST", "/images", body: large).expectProblem(507)
        #expect(try edge.ask("/originals/\(kept)").status == 200)
        #expect(edge.stop() == 0)
    }

    /// What is no text can not be what somebody meant, and is not repaired into something else.
    @Test func aVariableThatIsNoTextIsRefused() throws {
        let folder = try Scratch()
        let command =
            "export OTHERS=$(printf '\\377') POLLEX_LOG_LEVEL=$(printf 'info\\377');"
            + " exec \(CommandTests.program) serve --data \(folder.path)"
            + " --listen 127.0.0.1:0 --admin 127.0.0.1:0"
        let outcome = try run("/bin/sh", ["-c", command])
        #expect(outcome.status == 2)
        let said = String(decoding: outcome.output, as: UTF8.self)
        #expect(said.contains("POLLEX_LOG_LEVEL") && said.contains("UTF-8"), "\(said)")
        #expect(!said.contains("OTHERS") && folder.storedFiles.isEmpty)
    }

    /// With too few descriptors the edge starts or says why not, and its stores are what they were.
    @Test(arguments: 4...30)
    func tooFewDescriptorsCostNoStore(count: Int) throws {
        let folder = try Scratch()
        let command =
            "ulimit -n \(count); exec \(CommandTests.program) serve --data \(folder.path)"
            + " --listen 127.0.0.1:0 --admin 127.0.0.1:0"
        let outcome = try run("/bin/sh", ["-c", command])
        #expect(outcome.status == 1)
        let said = String(decoding: outcome.output, as: UTF8.self)
        #expect(said.contains("descriptors may be open"), "\(said)")
        #expect(folder.storedFiles.isEmpty)
    }
}
