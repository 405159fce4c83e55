import Foundation
import Glibc
import TestSupport
import Testing

/// HTTP/2 by other people's clients and balancers.
@Suite struct HTTP2Tests {
    /// Prior knowledge, on a listener without TLS.
    @Test(.enabled(if: ForeignProgram.areThere("nghttp", "h2load")))
    func nghttpAndH2loadAreServed() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        let target = "/thumbs/200x200/\(hash).jpg"
        let expected = try edge.ask(target)
        let url = "http://127.0.0.1:\(edge.port)\(target)"
        let got = try run("/usr/bin/nghttp", ["--stat", "--no-dep", url, url])
        let listed = String(decoding: got.output, as: UTF8.self)
        #expect(got.status == 0 && listed.contains(" 200 "), "\(listed.suffix(400))")
        let load = try run("/usr/bin/h2load", ["-n", "2000", "-c", "5", "-m", "20", url])
        let said = String(decoding: load.output, as: UTF8.self)
        #expect(said.contains("2000 succeeded, 0 failed"), "\(said)")
        #expect(said.contains("(\(2000 * expected.content.count)) data"), "\(said)")
        #expect(edge.stop() == 0)
    }

    /// HAProxy asks by HTTP/2 and tries nothing twice: an edge that is drained under it loses no
    /// request, for its client hears of the end before it comes.
    @Test(.enabled(if: ForeignProgram.areThere("haproxy", "curl")))
    func drainingUnderABalancerLosesNothing() throws {
        let settings = ["LIMITS_DRAIN_NOTICE_SECONDS": "3"]
        let edges = [try Edge(settings: settings), try Edge(settings: settings)]
        let photo = try Photos.one()
        let hashes = try edges.map { try $0.upload(photo) }
        let port = try #require(Connection.freePort)
        let folder = try Scratch()
        let servers = edges.enumerated().map { number, edge in
            "server e\(number) 127.0.0.1:\(edge.port) proto h2 check check-proto h1 "
                + "port \(edge.adminPort) inter 200ms fall 1 rise 1"
        }
        let text = """
            global
                maxconn 200
            defaults
                mode http
                retries 0
                timeout connect 5s
                timeout client 60s
                timeout server 60s
            frontend in
                bind 127.0.0.1:\(port)
                default_backend edges
            backend edges
                option httpchk GET /readyz
                \(servers.joined(separator: "\n    "))

            """
        try text.write(toFile: folder.path("haproxy.cfg"), atomically: true, encoding: .utf8)
        let balancer = try ForeignProgram(
            try #require(ForeignProgram.find("haproxy")), ["-f", folder.path("haproxy.cfg")])
        let target = "/thumbs/200x200/\(hashes[0]).jpg"
        #expect(
            edges[0].waits {
                let connection = try? Connection(port: port)
                try? connection?.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                return (try? connection?.readAnswer().status) == 200
            }, "\(balancer.output)")
        let count = 4000
        let load = try ForeignProgram(
            "/usr/bin/curl",
            [
                "-s", "--no-progress-meter", "--parallel", "--parallel-max", "8", "-o", "/dev/null",
                "-w",
                "%{http_code}\n", "http://127.0.0.1:\(port)\(target)#[1-\(count)]",
            ])
        #expect(edges[0].waits { edges[0].accessLines { $0["status"] as? Int == 200 }.count > 50 })
        #expect(edges[0].stop() == 0)
        #expect(edges[1].waits { load.output.split(separator: "\n").count == count })
        let failed = load.output.split(separator: "\n").filter { $0 != "200" }
        #expect(failed.isEmpty, "\(failed.prefix(5))")
    }
}
