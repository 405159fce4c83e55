import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// Two edges behind the real load balancers, with the files of `conf/`; only addresses are the
/// test's.
@Suite struct FleetTests {
    enum Balancer: String, CaseIterable {
        case haproxy, nginx

        var file: String { self == .haproxy ? "haproxy.cfg" : "nginx.conf" }

        /// nginx writes below /var/lib and /run.
        static let areThere = ForeignProgram.areThere("haproxy", "nginx") && getuid() == 0
    }

    private let edges: [Edge]
    private let folder: Scratch
    private var socket: String { "\(folder.path)/public" }

    init() throws {
        folder = try Scratch()
        edges = [try Edge(), try Edge()]
    }

    private func start(_ balancer: Balancer) throws -> ForeignProgram {
        let source = Photos.root.appending(path: "conf/\(balancer.file)")
        var text = try String(contentsOf: source, encoding: .utf8)
        for (edge, number) in zip(edges, [8080, 8090]) {
            text = text.replacing("127.0.0.1:\(number)", with: "127.0.0.1:\(edge.port)")
            text = text.replacing("port \(number + 1)", with: "port \(edge.adminPort)")
        }
        text = text.replacing("bind 127.0.0.1:8000", with: "bind unix@\(socket) mode 666")
        text = text.replacing("listen 127.0.0.1:8000", with: "listen unix:\(socket)")
        text = text.replacing("/run/nginx-pollex.pid", with: "\(folder.path)/pid")
        let file = "\(folder.path)/\(balancer.file)"
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

    private func ask(_ target: String) throws -> Answer {
        let connection = try Connection(path: socket)
        try connection.send(Edge.head("GET", target))
        return try connection.readAnswer()
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

        let load = Load(socket: socket, targets: hashes.map { "/thumbs/90x/\($0)" })
        load.start(clients: 4)
        #expect(edges[0].waits { load.count > 200 })
        edges[0].kill()
        let before = load.count
        #expect(edges[0].waits { load.count > before + 400 })
        #expect(load.stop().isEmpty, "\(load.stop())")
        // All of them are at the edge that is left.
        for hash in hashes { #expect(try ask("/thumbs/91x/\(hash)").status == 200) }
    }
}

/// Clients that ask for one after the other of some targets, over connections that they keep.
private final class Load: Sendable {
    private let socket: String
    private let targets: [String]
    private let done = Atomic(0)
    private let stopping = Atomic(false)
    private let troubles = Mutex<[String]>([])
    private let clients = DispatchGroup()

    init(socket: String, targets: [String]) { (self.socket, self.targets) = (socket, targets) }

    var count: Int { done.load(ordering: .relaxed) }

    func start(clients count: Int) {
        for number in 0..<count {
            clients.enter()
            Thread.detachNewThread { [self] in
                defer { clients.leave() }
                do { try run(number) } catch {
                    troubles.withLock { $0.append("client \(number): \(error)") }
                }
            }
        }
    }

    private func run(_ number: Int) throws {
        var connection = try Connection(path: socket)
        var turn = number
        while !stopping.load(ordering: .relaxed) {
            let target = targets[turn % targets.count]
            try connection.send(Edge.head("GET", target))
            let answer = try connection.readAnswer()
            if answer.status != 200 || answer.content.isEmpty {
                troubles.withLock { $0.append("\(target): \(answer)") }
            }
            if answer["connection"] == "close" { connection = try Connection(path: socket) }
            turn += 1
            done.wrappingAdd(1, ordering: .relaxed)
        }
    }

    /// What any client saw besides good answers.
    func stop() -> [String] {
        stopping.store(true, ordering: .relaxed)
        clients.wait()
        return troubles.withLock { $0 }
    }
}
