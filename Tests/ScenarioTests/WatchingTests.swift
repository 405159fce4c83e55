import Foundation
import TestSupport
import Testing

/// `GET /stats` and `GET /refusals`: what is going on, and what was refused.
@Suite struct WatchingTests {
    private static func token(_ name: String, _ rest: String) -> String {
        "{ sha256: '\(contentHash(Array(name.utf8)))', \(rest) }"
    }

    private static func start() throws -> Edge {
        let tokens = [
            token("ada", "scopes: ['upload', 'read'], owner: 'ada'"),
            token("bob", "scopes: ['upload', 'read'], owner: 'bob'"),
            token("reader", "scopes: ['read']"), token("admin", "scopes: ['admin']"),
        ]
        return try Edge(settings: [
            "AUTH_TOKENS": "[\(tokens.joined(separator: ", "))]", "AUTH_UPLOADS": "token",
            "AUTH_INDEX": "token", "LIMITS_UPLOAD_BYTES": "1000000",
        ])
    }

    private func bearer(_ name: String) -> [String] { ["Authorization: Bearer \(name)"] }

    @Test func figuresAreForAdministrators() throws {
        let edge = try Self.start()
        try edge.ask("/stats").expectProblem(401)
        try edge.ask("GET", "/stats", bearer("reader")).expectProblem(403)
        let answer = try edge.ask("GET", "/stats", bearer("admin"))
        #expect(answer.status == 200 && answer["content-type"] == "application/json")
        #expect(answer["cache-control"]?.contains("private") == true)
        #expect(try edge.ask("HEAD", "/stats", bearer("admin")).status == 200)
    }

    @Test func figuresTellWhatHappened() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        #expect(try edge.ask("/thumbs/20x20/\(hash).jpg").status == 200)
        #expect(try edge.waits { try edge.ask("/thumbs/20x20/\(hash).jpg").isHit })
        let stats = try edge.ask("/stats").object
        func number(_ part: String, _ name: String) throws -> Double {
            let figures = try #require(stats[part] as? [String: Any], "\(stats)")
            return try #require(figures[name] as? Double, "\(part) \(name)")
        }
        #expect(try number("uploads", "created") == 1 && number("index", "images") == 1)
        #expect(try number("renditions", "hits") >= 1 && number("renditions", "misses") == 1)
        #expect(try number("requests", "total") >= 3 && number("requests", "perSecond") > 0)
        #expect(try (0.01...0.99).contains(number("renditions", "hitRatio")))
        let latencies = try #require(stats["latencySeconds"] as? [String: [String: Any]])
        #expect(latencies["miss"]?["count"] as? Double == 1)
        #expect(latencies["job"]?["p50"] is Double && stats["version"] as? String == "0.1.0")
        // What the parts count by themselves comes within a second or so.
        #expect(
            try edge.waits {
                let cache = try edge.ask("/stats").object["cache"] as? [String: Any]
                return cache?["renditions"] as? Int == 1
            })
    }

    /// An answer of 5xx is listed under its request id.
    @Test func errorsAreListedWithTheirRequestIDs() throws {
        let edge = try Edge()
        let answer = try edge.ask("BREW", "/thumbs/20x20/a.jpg?signature=secret")
        let id = try #require(answer["x-request-id"])
        let errors = try #require(try edge.ask("/stats").object["errors"] as? [[String: Any]])
        let error = try #require(errors.first { $0["request"] as? String == id }, "\(errors)")
        #expect(error["status"] as? Int == 501)
        #expect((error["target"] as? String)?.contains("secret") == false)
        #expect((error["reason"] as? String)?.isEmpty == false)
    }

    @Test func anOwnerSeesWhatWasRefusedOfHis() throws {
        let edge = try Self.start()
        let broken = Array(try Photos.small(1).prefix(300))
        let answer = try edge.ask("POST", "/images?name=a.jpg", bearer("ada"), body: broken)
        answer.expectProblem(422)
        let form = Edge.form([Array("no picture".utf8)])
        try edge.ask("POST", "/images", bearer("bob") + form.fields, body: form.body)
            .expectProblem(415)
        let large = [UInt8](repeating: 0, count: 1_000_001)
        try edge.ask("POST", "/images?name=large", bearer("ada"), body: large).expectProblem(413)
        func refusals(_ client: String, _ query: String = "") throws -> [[String: Any]] {
            let answer = try edge.ask("GET", "/refusals\(query)", bearer(client))
            return try #require(answer.object["refusals"] as? [[String: Any]], "\(answer)")
        }
        let adas = try refusals("ada")
        #expect(adas.map { $0["reason"] as? String } == ["too-large", "refused"])
        let first = try #require(adas.last)
        #expect(first["name"] as? String == "a.jpg" && first["owner"] as? String == "ada")
        #expect(first["request"] as? String == answer["x-request-id"])
        #expect(first["hash"] as? String == contentHash(broken))
        #expect((first["detail"] as? String)?.isEmpty == false && first["time"] is String)
        #expect(try refusals("ada", "?owner=bob").isEmpty)
        #expect(try refusals("bob").map { $0["name"] as? String } == ["0.jpg"])
        #expect(try refusals("reader").count == 3 && refusals("reader", "?limit=1").count == 1)
        #expect(try refusals("admin", "?owner=bob").count == 1)
        try edge.ask("/refusals").expectProblem(401)
        try edge.ask("GET", "/refusals?limit=1001", bearer("ada")).expectProblem(400)
    }
}
