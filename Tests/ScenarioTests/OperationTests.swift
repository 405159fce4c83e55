import Foundation
import TestSupport
import Testing

/// What an operator relies on: health, metrics, logs, drain.
@Suite struct OperationTests {
    @Test func healthAndMetricsAreOnTheAdminListener() throws {
        let edge = try Edge()
        #expect(try edge.ask("GET", "/livez", admin: true).status == 200)
        // Ready from a worker's first answer on.
        // One a core, and one in reserve.
        let workers = Double(ProcessInfo.processInfo.processorCount + 1)
        #expect(try edge.reaches("pollex_workers", workers))
        #expect(try edge.ask("GET", "/readyz", admin: true).status == 200)
        let metrics = try edge.ask("GET", "/metrics", admin: true)
        #expect(metrics["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        #expect(try edge.ask("/metrics").status == 404)
    }

    @Test func theAccessLogNamesTheRequestAndNoSecret() throws {
        let edge = try Edge()
        let answer = try edge.ask(
            "/nothing?token=secret&a=b&signature=k.se&cret", ["Authorization: Bearer secret"])
        let id = try #require(answer["x-request-id"])
        let line = try #require(edge.accessLine { $0.contains(id) }, "\(edge.output)")
        let entry = line.jsonObject
        #expect(entry["status"] as? Int == 404 && entry["method"] as? String == "GET")
        #expect(entry["target"] as? String == "/nothing?token=&a=b&signature=")
        #expect(!edge.output.contains("secret"))
    }

    @Test func theAccessLogCanBeOff() throws {
        let edge = try Edge(settings: ["LOG_ACCESS": "off"])
        _ = try edge.ask("/nothing")
        #expect(edge.stop() == 0)
        #expect(edge.accessLine(seconds: 1) { _ in true } == nil)
    }

    @Test func terminationCutsNoRequest() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        let photo = try Photos.small(99)
        let rendering = try edge.connection()
        try rendering.send(Edge.head("GET", "/optimized/\(hash).webp"))
        let uploading = try edge.connection()
        try uploading.send(
            Edge.head("POST", "/images", ["Content-Type: image/jpeg"], bodyCount: photo.count))
        try uploading.send(Array(photo.prefix(100)))
        let idle = try edge.connection()
        try idle.send(Edge.head("GET", "/images"))
        #expect(try idle.readAnswer().status == 200)
        // Its answer shows that the heads sent before it have been read.
        edge.terminate()
        #expect(idle.isAtEnd())
        try uploading.send(Array(photo.dropFirst(100)))
        #expect(try rendering.readAnswer().status == 200)
        #expect(try uploading.readAnswer().status == 201)
        edge.process.waitUntilExit()
        #expect(edge.process.terminationReason == .exit && edge.process.terminationStatus == 0)
        let next = try Edge(folder: edge.folder)
        #expect(try next.ask("/originals/\(contentHash(photo))").content == photo)
    }

    @Test func anEdgeInDrainIsNotReady() throws {
        let edge = try Edge()
        let photo = try Photos.small(98)
        let uploading = try edge.connection()
        try uploading.send(
            Edge.head("POST", "/images", ["Content-Type: image/jpeg"], bodyCount: photo.count))
        try uploading.send(Array(photo.prefix(100)))
        #expect(try edge.ask("/images").status == 200)
        #expect(try edge.ask("POST", "/drain", admin: true).status < 300)
        #expect(try edge.ask("GET", "/readyz", admin: true).status == 503)
        #expect(try edge.ask("GET", "/livez", admin: true).status == 200)
        try uploading.send(Array(photo.dropFirst(100)))
        #expect(try uploading.readAnswer().status == 201)
        edge.process.waitUntilExit()
        #expect(edge.process.terminationStatus == 0)
    }

    @Test(
        arguments: [
            (["serve", "--nonsense"], 2), (["nonsense"], 2), (["serve", "--listen", "here"], 2),
            (["--help"], 0), (["serve", "--help"], 0), (["version"], 0),
        ] as [([String], Int32)])
    func theCommandLineSaysHowItWent(arguments: [String], status: Int32) throws {
        let program = Edge.products.appending(path: "pollex").path
        let result = try run(program, arguments)
        #expect(result.status == status, "\(String(decoding: result.output, as: UTF8.self))")
        #expect(!result.output.isEmpty)
    }

    @Test func anUnknownKeyIsAnErrorThatNamesTheNearest() throws {
        let folder = try Scratch()
        let file = "\(folder.path)/pollex.json5"
        try Data("{ cache: { byte: 1 } }".utf8).write(to: URL(fileURLWithPath: file))
        let program = Edge.products.appending(path: "pollex").path
        let result = try run(program, ["serve", "--config", file])
        #expect(result.status != 0)
        #expect(String(decoding: result.output, as: UTF8.self).contains("cache.bytes"))
    }

    /// As systemd's Type=notify has it: sd_notify(3).
    @Test(.disabled(if: Edge.isSanitized, "its edge may not start without a wall"))
    func theServiceManagerHearsOfStartAndDrain() throws {
        let folder = try Scratch()
        let manager = try ForeignProgram(
            "/usr/bin/python3",
            [
                "-c",
                """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1])
                print('bound', flush=True)
                while True: print(s.recv(4096).decode(), flush=True)
                """, "\(folder.path)/notify",
            ])
        #expect(manager.awaitLine(seconds: 120) { $0 == "bound" } != nil, "\(manager.output)")
        let edge = try ForeignProgram(
            Edge.products.appending(path: "pollex").path,
            [
                "serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data",
                "\(folder.path)/data",
            ], environment: ["NOTIFY_SOCKET": "\(folder.path)/notify"])
        #expect(manager.awaitLine(seconds: 120) { $0 == "READY=1" } != nil, "\(edge.output)")
        edge.terminate()
        #expect(manager.awaitLine(seconds: 120) { $0 == "STOPPING=1" } != nil, "\(edge.output)")
    }
}
