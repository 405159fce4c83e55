import Foundation
import TestSupport
import Testing

/// Whom quotas, limits and the log take for the client of a request that was passed on.
@Suite struct ClientAddressTests {
    private func remotes(_ edge: Edge, _ target: String) -> [String] {
        edge.accessLines { $0["target"] as? String == target }.compactMap {
            $0["remote"] as? String
        }
    }

    @Test func clientsBehindOneProxyHaveTheirOwnQuotas() throws {
        let edge = try Edge(settings: [
            "QUOTAS_ADDRESS_REQUESTS_PER_SECOND": "1", "AUTH_INDEX": "open",
        ])
        for number in 0..<60 {
            let fields = ["X-Forwarded-For: 203.0.113.\(number)"]
            #expect(try edge.ask("GET", "/images?limit=1", fields).status == 200, "\(number)")
        }
        // One that changes what it writes itself stays one.
        let codes = try (0..<200).map { number in
            let fields = ["X-Forwarded-For: 198.51.100.\(number), 203.0.113.200"]
            return try edge.ask("GET", "/images?limit=1", fields).status
        }
        #expect(codes.contains(429))
        #expect(edge.waits { remotes(edge, "/images?limit=1").contains("203.0.113.59") })
        #expect(!remotes(edge, "/images?limit=1").contains { $0.hasPrefix("198.") })
    }

    @Test func whoIsNotTrustedIsWhoItIs() throws {
        let edge = try Edge(settings: ["PROXIES_TRUSTED": "192.0.2.1"])
        let fields = ["X-Forwarded-For: 203.0.113.7", "Forwarded: for=203.0.113.8"]
        #expect(try edge.ask("GET", "/images?limit=2", fields).status == 401)
        #expect(edge.waits { remotes(edge, "/images?limit=2") == ["127.0.0.1"] })
    }

    @Test func hitsAndMissesAreLoggedByTheClient() throws {
        let edge = try Edge(settings: ["PROXIES_FIELD": "forwarded"])
        let photo = try Photos.small(7)
        try edge.upload(photo)
        let target = "/thumbs/50x/\(contentHash(photo))"
        for _ in 0..<2 {
            let fields = ["Forwarded: for=\"[2001:db8::7]:4711\";proto=https"]
            #expect(try edge.ask("GET", target, fields).status == 200)
        }
        #expect(edge.waits { remotes(edge, target) == ["2001:db8::7", "2001:db8::7"] })
    }

    @Test func aListenerThatRequiresTheHeaderTakesNothingElse() throws {
        let folder = try Scratch()
        let path = folder.path("edge.sock")
        let edge = try Edge(settings: [
            "LISTENERS": "[{ path: '\(path)', proxy: 'required', mode: '0600' }]"
        ])
        let good = try Connection(path: path)
        try good.send(
            "PROXY TCP6 2001:db8::9 ::1 4711 443\r\n"
                + Edge.head("GET", "/openapi.json"))
        #expect(try good.readAnswer().status == 200)
        #expect(edge.waits { remotes(edge, "/openapi.json") == ["2001:db8::9"] })
        let bare = try Connection(path: path)
        try? bare.send(Edge.head("GET", "/openapi.json"))
        #expect(throws: Connection.Failure.self) { _ = try bare.readAnswer() }
        #expect(try edge.reaches("pollex_connections_ungreeted_total", 1))
        // Nobody who comes by it sits at the machine, as nobody would by a balancer.
        let foreign = try Connection(path: path)
        try foreign.send(
            "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + Edge.head("GET", "/images"))
        #expect(try foreign.readAnswer().status == 401)
    }
}
