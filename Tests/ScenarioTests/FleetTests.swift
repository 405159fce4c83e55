import Foundation
import Glibc
import TestSupport
import Testing

/// Two edges behind the real load balancers, with the files of `conf/`; only addresses are the
/// test's.
@Suite struct FleetTests {
    enum Balancer: String, CaseIterable {
        case haproxy, nginx

        /// For requests, or for bytes.
        func file(_ passesBytes: Bool) -> String {
            switch self {
            case .haproxy: passesBytes ? "haproxy-tcp.cfg" : "haproxy.cfg"
            case .nginx: passesBytes ? "nginx-tcp.conf" : "nginx.conf"
            }
        }

        /// nginx writes below /var/lib and /run.
        static let areThere = ForeignProgram.areThere("haproxy", "nginx") && getuid() == 0
        static let passBytes =
            areThere && ForeignProgram.areThere("curl")
            && FileManager.default.fileExists(
                atPath: "/usr/lib/nginx/modules/ngx_stream_module.so")
    }

    /// Of haproxy.cfg, which of its servers' lines count.
    enum Servers: CaseIterable {
        case plain, http2, secure

        /// What is only in theirs.
        fileprivate var mark: String {
            switch self {
            case .plain: "    server "
            case .http2: " proto h2 "
            case .secure: " ssl "
            }
        }
    }

    private let edges: [Edge]
    private let folder: Scratch
    /// Of the balancer, beside its socket.
    private let port: UInt16
    private var socket: String { "\(folder.path)/public" }

    init() throws {
        folder = try Scratch()
        port = try #require(Connection.freePort)
        for name in ["edges", "balancer"] {
            let said = try run(
                CommandTests.program,
                [
                    "tls", "self-signed", "edge.example", "--certificate",
                    folder.path("\(name).pem"), "--key", folder.path("\(name).key"),
                ])
            try #require(said.status == 0, "\(said)")
        }
        let identity =
            "{ certificate: '\(folder.path("edges.pem"))', key: '\(folder.path("edges.key"))' }"
        let secure =
            "{ address: '127.0.0.1:0', certificates: [\(identity)], "
            + "clients: '\(folder.path("balancer.pem"))' }"
        let settings = [
            "LISTENERS": "[\(secure), { address: '127.0.0.1:0', proxy: 'required' }]",
            "AUTH_UPLOADS": "open", "LIMITS_DRAIN_NOTICE_SECONDS": "5",
        ]
        edges = [try Edge(settings: settings), try Edge(settings: settings)]
    }

    private func start(
        _ balancer: Balancer, passesBytes: Bool = false, to servers: Servers = .plain
    ) throws -> ForeignProgram {
        let name = balancer.file(passesBytes)
        let source = Photos.root.appending(path: "conf/\(name)")
        var text = try String(contentsOf: source, encoding: .utf8)
        // There are two edges here.
        text = text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains("server edge3 ") && !$0.contains("server 127.0.0.1:8100 ") }
            .joined(separator: "\n")
        if servers != .plain { text = try choose(servers, in: text) }
        for (edge, number) in zip(edges, [8080, 8090]) {
            text = text.replacing("127.0.0.1:\(number)", with: "127.0.0.1:\(edge.port)")
            let proxied = try #require(edge.publicPorts.last)
            text = text.replacing("127.0.0.1:\(number + 2)", with: "127.0.0.1:\(proxied)")
            text = text.replacing(
                "127.0.0.1:\(number + 363)", with: "127.0.0.1:\(edge.publicPorts[1])")
            text = text.replacing("port \(number + 1)", with: "port \(edge.adminPort)")
        }
        text = text.replacing(
            "bind 127.0.0.1:8000", with: "bind unix@\(socket) mode 666\n    bind 127.0.0.1:\(port)")
        text = text.replacing(
            "listen 127.0.0.1:8000;",
            with: "listen unix:\(socket);\n        listen 127.0.0.1:\(port);")
        text = text.replacing("/run/nginx-pollex.pid", with: "\(folder.path)/pid")
        let peer = try #require(Connection.freePort)
        text = text.replacing("127.0.0.1:8009", with: "127.0.0.1:\(peer)")
        let file = "\(folder.path)/\(name)"
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        let program = try #require(ForeignProgram.find(balancer.rawValue))
        // In the foreground, one process for nginx, so that it ends with the test.
        let balancer = try ForeignProgram(
            program,
            balancer == .haproxy
                ? ["-db", "-f", file]
                : ["-p", folder.path, "-c", file, "-g", "daemon off; master_process off;"])
        let isUp = edges[0].waits {
            guard let connection = try? Connection(path: socket),
                (try? connection.send(Edge.head("GET", "/openapi.json"))) != nil
            else { return false }
            return (try? connection.readAnswer().status) == 200
        }
        try #require(isUp, "\(balancer.output)")
        return balancer
    }

    /// The file with those lines and not the usual ones, and its certificates here.
    private func choose(_ servers: Servers, in text: String) throws -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let chosen = lines.filter { $0.contains("#server ") && $0.contains(servers.mark) }
        try #require(chosen.count == edges.count)
        let balancer = folder.path("balancer.pem")
        let key = try String(contentsOfFile: folder.path("balancer.key"), encoding: .utf8)
        let certificate = try String(contentsOfFile: balancer, encoding: .utf8)
        try (certificate + key).write(
            toFile: folder.path("both.pem"), atomically: false, encoding: .utf8)
        return lines.map { line in
            guard line.hasPrefix(Servers.plain.mark),
                let name = line.split(separator: " ").dropFirst().first,
                let other = chosen.first(where: { $0.contains("#server \(name) ") })
            else { return String(line) }
            let rest = line.hasSuffix(" backup") ? " backup" : ""
            return other.replacing("#server", with: "server") + rest
        }.joined(separator: "\n")
            .replacing("/etc/haproxy/edges.pem", with: folder.path("edges.pem"))
            .replacing("/etc/haproxy/balancer.pem", with: folder.path("both.pem"))
    }

    private func ask(
        _ target: String, by method: String = "GET", _ fields: [String] = [], body: [UInt8] = []
    ) throws -> Answer {
        let connection = try Connection(path: socket)
        try connection.send(Edge.head(method, target, fields, bodyCount: body.count))
        try connection.send(body)
        return try connection.readAnswer(to: method)
    }

    @Test(
        .enabled(if: Balancer.areThere, "needs Debian's haproxy and nginx, and root"),
        .timeLimit(.minutes(2)), arguments: Balancer.allCases)
    func noClientSeesOneEdgeDie(behind balancer: Balancer) throws {
        let hashes = try (0..<8).map { number in
            let photo = try Photos.small(600 + number)
            for edge in edges { try edge.upload(photo) }
            return contentHash(photo)
        }
        let program = try start(balancer)
        defer { withExtendedLifetime(program) {} }
        // What is asked for is spread by hash, and each edge makes its own share only.
        for hash in hashes { #expect(try ask("/thumbs/90x/\(hash)").status == 200) }
        let made = try edges.map { try $0.total("pollex_cache_misses_total") }
        #expect(made.reduce(0, +) == Double(hashes.count) && !made.contains(0), "\(made)")
        for (edge, made) in zip(edges, made) {
            #expect(try edge.reaches("pollex_cache_insertions_total", made))
        }
        for hash in hashes { #expect(try ask("/thumbs/90x/\(hash)").status == 200) }
        #expect(try edges.map { try $0.total("pollex_cache_misses_total") } == made)

        let load = BalancedLoad(socket: socket, targets: hashes.map { "/thumbs/90x/\($0)" })
        load.start(clients: 4)
        #expect(edges[0].waits { load.count > 200 })
        edges[0].kill()
        let before = load.count
        #expect(edges[0].waits { load.count > before + 400 })
        #expect(load.stop().isEmpty, "\(load.stop())")
        // All of them are at the edge that is left.
        for hash in hashes { #expect(try ask("/thumbs/91x/\(hash)").status == 200) }
    }

    /// One of two edges is ended while clients ask for a picture, and none of them sees it.
    private func expectOneToEndUnseen(by photo: [UInt8]) throws {
        let load = BalancedLoad(socket: socket, targets: ["/thumbs/90x/\(contentHash(photo))"])
        load.start(clients: 4)
        #expect(edges[0].waits { load.count > 200 })
        _ = kill(edges[0].process.processIdentifier, SIGTERM)
        edges[0].process.waitUntilExit()
        #expect(edges[0].process.terminationStatus == 0)
        let before = load.count
        #expect(edges[1].waits { load.count > before + 200 })
        #expect(load.stop().isEmpty, "\(load.stop())")
    }

    @Test(
        .enabled(if: Balancer.areThere, "needs Debian's haproxy and nginx, and root"),
        .timeLimit(.minutes(2)), arguments: [Servers.http2, .secure])
    func edgesAreAskedByHTTP2(in servers: Servers) throws {
        let photo = try Photos.small(630)
        for edge in edges { try edge.upload(photo) }
        let program = try start(.haproxy, to: servers)
        defer { withExtendedLifetime(program) {} }
        try expectOneToEndUnseen(by: photo)
        let shaken = try edges[1].total("pollex_tls_handshakes_total")
        #expect((shaken > 0) == (servers == .secure))
    }

    @Test(
        .enabled(if: Balancer.areThere, "needs Debian's haproxy and nginx, and root"),
        .timeLimit(.minutes(2)), arguments: Balancer.allCases)
    func uploadsGoToAllEdgesAndPiecesToTheOneThatHasTheOthers(behind balancer: Balancer) throws {
        let program = try start(balancer)
        defer { withExtendedLifetime(program) {} }
        for number in 0..<8 {
            let answer = try ask(
                "/images", by: "POST", body: try Photos.small(640 + number))
            #expect(answer.status == 201, "\(answer)")
        }
        #expect(try edges.allSatisfy { try $0.total("pollex_images") > 0 })
        let tus = ["Tus-Resumable: 1.0.0"]
        let rest = tus + ["Content-Type: application/offset+octet-stream"]
        for number in 0..<8 {
            let photo = try Photos.small(650 + number)
            let begun = try ask(
                "/images", by: "POST", tus + ["Upload-Length: \(photo.count)"])
            let place = try #require(begun["location"], "\(begun)")
            let first = try ask(
                place, by: "PATCH", rest + ["Upload-Offset: 0"], body: Array(photo.prefix(100)))
            #expect(first.status == 204, "\(first)")
            let last = try ask(
                place, by: "PATCH", rest + ["Upload-Offset: 100"],
                body: Array(photo.dropFirst(100)))
            #expect(last["content-location"] == "/images/\(contentHash(photo))", "\(last)")
        }
    }

    /// An edge that is ended while clients come: the balancer hears of it before they are refused.
    @Test(
        .enabled(if: Balancer.passBytes, "needs haproxy, nginx and libnginx-mod-stream, and root"),
        .timeLimit(.minutes(2)), arguments: Balancer.allCases)
    func noClientOfPassedBytesSeesOneEdgeEnd(behind balancer: Balancer) throws {
        let photo = try Photos.small(620)
        for edge in edges { try edge.upload(photo) }
        let program = try start(balancer, passesBytes: true)
        defer { withExtendedLifetime(program) {} }
        try expectOneToEndUnseen(by: photo)
        for edge in edges {
            #expect(try edge === edges[0] || edge.reaches("pollex_connections_ungreeted_total", 0))
        }
    }

    @Test(
        .enabled(if: Balancer.passBytes, "needs haproxy, nginx and libnginx-mod-stream, and root"),
        .timeLimit(.minutes(2)), arguments: Balancer.allCases, [false, true])
    func theEdgeKnowsWhoseRequestItIs(behind balancer: Balancer, passesBytes: Bool) throws {
        let program = try start(balancer, passesBytes: passesBytes)
        defer { withExtendedLifetime(program) {} }
        let curl = try #require(ForeignProgram.find("curl"))
        let answer = try run(
            curl,
            ["-sS", "--fail", "--interface", "127.0.0.9", "http://127.0.0.1:\(port)/openapi.json"])
        #expect(answer.status == 0)
        let isKnown = edges[0].waits {
            edges.contains { edge in
                !edge.accessLines { $0["remote"] as? String == "127.0.0.9" }.isEmpty
            }
        }
        #expect(isKnown)
    }
}
