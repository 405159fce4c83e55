import Foundation
import Glibc
import TestSupport
import Testing

/// Three edges with one index.
@Suite(.enabled(if: DatabaseEngine.shared != nil, "no PostgreSQL runs"))
struct SharedIndexTests {
    @Test func whatOneEdgeDeletesIsGoneFromAllWhenItSaysSo() throws {
        let site = try SharedIndexSite(edges: 3)
        let edges = try site.start()
        let photos = try (6100..<6104).map { try Photos.small($0) }
        for photo in photos {
            let answers = try edges.map { edge in
                try edge.ask("POST", "/images", ["Content-Type: image/jpeg"], body: photo)
            }
            #expect(answers.map(\.status) == [201, 200, 200])
        }
        let thumbs = photos.map { "/thumbs/40x/\(contentHash($0)).jpg" }
        for edge in edges {
            for thumb in thumbs { #expect(try edge.ask(thumb).status == 200) }
            #expect(try edge.allImages().count == 4)
        }
        let hash = contentHash(photos[1])
        let receipt = try edges[0].ask("DELETE", "/images/\(hash)")
        #expect(receipt.text.contains(#""edges":{"confirmed":3,"known":3}"#), "\(receipt.text)")
        for edge in edges {
            #expect(try edge.ask(thumbs[1]).status == 410)
            #expect(try edge.ask("/images/\(hash)").status == 410)
            #expect(try edge.ask(thumbs[0]).status == 200)
        }
        let blocked = contentHash(photos[2])
        #expect(try edges[2].ask("DELETE", "/images/\(blocked)?block=1").status == 200)
        for edge in edges { #expect(try edge.ask(thumbs[2]).status == 451) }
        // What was made is made again, by each.
        let before = try edges[1].metrics()["pollex_cache_purged_total"] ?? 0
        let purge = try edges[0].ask("POST", "/purge/\(contentHash(photos[0]))", admin: true)
        #expect(purge.text.contains(#""confirmed":3"#), "\(purge.text)")
        #expect(try edges[1].metrics()["pollex_cache_purged_total"] ?? 0 > before)
        for edge in edges { #expect(try edge.ask(thumbs[0]).status == 200) }
    }

    /// Uploaded at one, asked for at another before it can have heard of it.
    @Test func anImageIsKnownEverywhereAtOnce() throws {
        let site = try SharedIndexSite(edges: 2)
        let edges = try site.start()
        for number in 6110..<6130 {
            let photo = try Photos.small(number)
            let hash = try edges[0].upload(photo)
            #expect(try edges[1].ask("/images/\(hash)").status == 200)
            try edges[1].upload(photo)
            #expect(try edges[1].ask("/thumbs/40x/\(hash).jpg").status == 200)
        }
        let unknown = contentHash([1])
        for edge in edges {
            #expect(try edge.ask("/thumbs/40x/\(unknown).jpg").status == 404)
            #expect(try edge.ask("/originals/\(unknown)").status == 404)
            #expect(try edge.ask("/images/\(unknown)").status == 404)
        }
        // A hit asks nobody.
        let asked = try edges[1].total("pollex_index_asked_total")
        let thumb = "/thumbs/40x/\(contentHash(try Photos.small(6110))).jpg"
        for _ in 0..<100 { #expect(try edges[1].ask(thumb).status == 200) }
        #expect(try edges[1].total("pollex_index_asked_total") == asked)
    }

    @Test func tokensAreTheFleets() throws {
        let site = try SharedIndexSite(edges: 2)
        let edges = try site.start(["AUTH_UPLOADS": "token"])
        let environment = site.settings.map { "POLLEX_\($0.key)='\($0.value)'" }
            .joined(separator: " ")
        func token(_ words: String) throws -> String {
            let command = "\(environment) \(CommandTests.program) token \(words)"
            let outcome = try run("/bin/sh", ["-c", command])
            #expect(outcome.status == 0, "\(words)")
            return String(decoding: outcome.output, as: UTF8.self)
        }
        let photo = try Photos.small(6140)
        func status(_ edge: Edge, _ secret: String) throws -> Int {
            try edge.ask(
                "POST", "/images",
                ["Content-Type: image/jpeg", "Authorization: Bearer \(secret)"], body: photo
            ).status
        }
        let secret = try #require(token("add --scopes upload").split(separator: "\n").first)
        for edge in edges {
            #expect(try edge.waits { try [200, 201].contains(status(edge, String(secret))) })
        }
        let id = try #require(token("list").split(separator: " ").first)
        _ = try token("revoke \(id)")
        for edge in edges { #expect(try edge.waits { try status(edge, String(secret)) == 401 }) }
        #expect(try token("list").isEmpty)
    }

    /// Out of a local index into the database and back: the same images.
    @Test func anIndexIsCopiedThereAndBack() throws {
        let site = try SharedIndexSite(edges: 0)
        let folder = try Scratch()
        var edge = try Edge(folder: folder)
        let photos = try (6150..<6155).map { try Photos.small($0) }
        for photo in photos { try edge.upload(photo) }
        _ = try edge.ask("DELETE", "/images/\(contentHash(photos[4]))?block=1")
        func answers(_ edge: Edge) throws -> [String] {
            try photos.map { photo in
                let answer = try edge.ask("/images/\(contentHash(photo))")
                let text = answer["X-Request-Id"].map { answer.text.replacing($0, with: "") }
                return (text ?? answer.text).replacing(":\(edge.port)", with: "")
            }
        }
        let before = try answers(edge)
        #expect(edge.stop() == 0)
        let environment = site.settings.map { "POLLEX_\($0.key)='\($0.value)'" }
            .joined(separator: " ")
        func pollex(_ words: String) throws {
            let outcome = try run(
                "/bin/sh",
                ["-c", "\(environment) \(CommandTests.program) \(words) --data \(folder.path)"])
            #expect(outcome.status == 0, "\(String(decoding: outcome.output, as: UTF8.self))")
        }
        for _ in 0..<2 { try pollex("index copy --from local --to postgresql") }
        edge = try Edge(folder: folder, settings: site.settings)
        #expect(try edge.waits { try edge.allImages().count == 4 })
        #expect(try answers(edge) == before)
        #expect(edge.stop() == 0)
        try FileManager.default.removeItem(atPath: folder.path("index"))
        let dump = folder.path("dump")
        try pollex("index dump >\(dump)")
        try pollex("index copy --from postgresql --to local")
        edge = try Edge(folder: folder)
        #expect(try answers(edge) == before)
        #expect(try edge.allImages().count == 4)
        #expect(edge.stop() == 0)
    }
}
