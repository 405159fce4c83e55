import Foundation
import Glibc
import TestSupport
import Testing

/// The database of the index stopped, killed, out of connections, or another one.
@Suite(.serialized, .enabled(if: DatabaseEngine.shared != nil, "no PostgreSQL runs"))
struct SharedIndexFailureTests {
    func withEngine(_ body: (DatabaseEngine) throws -> Void) throws {
        // Where PostgreSQL, which is not root, may be.
        let path = "/tmp/pollex-database-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let engine = try DatabaseEngine.start(in: path)
        defer { try? engine.stop() }
        try body(engine)
    }

    let unknown = contentHash([2])

    /// Two pictures that all edges have; the second one is deleted again.
    func seed(
        _ edges: [Edge], _ first: [UInt8], _ second: [UInt8]
    ) throws -> (known: String, deleted: String) {
        for edge in edges { for photo in [first, second] { try edge.upload(photo) } }
        let (known, deleted) = (contentHash(first), contentHash(second))
        for edge in edges { #expect(try edge.ask("/thumbs/40x/\(known).jpg").status == 200) }
        let receipt = try edges[0].ask("DELETE", "/images/\(deleted)")
        #expect(
            receipt.text.contains(#""edges":{"confirmed":\#(edges.count),"#), "\(receipt.text)")
        for edge in edges { #expect(try edge.ask("/images/\(deleted)").status == 410) }
        return (known, deleted)
    }

    /// What each route answers while the database is away.
    func expectAway(
        _ edge: Edge, known: String, deleted: String, fresh: [UInt8]
    ) throws {
        let thumb = "/thumbs/40x/\(known).jpg"
        let hit = try edge.ask(thumb)
        #expect(hit.status == 200)
        let etag = try #require(hit["ETag"])
        #expect(try edge.ask("GET", thumb, ["If-None-Match: \(etag)"]).status == 304)
        #expect(try edge.ask("/thumbs/41x/\(known).jpg").status == 200, "a miss of what is known")
        #expect(try edge.ask("/originals/\(known)").status == 200)
        #expect(try edge.ask("/images/\(known)").status == 200)
        #expect(try edge.ask("/thumbs/40x/\(deleted).jpg").status == 410)
        for target in ["/thumbs/40x/\(unknown).jpg", "/originals/\(unknown)", "/images/\(unknown)"]
        {
            let answer = try edge.ask(target)
            #expect(answer.status == 503 && answer["Retry-After"] != nil, "\(target)")
        }
        let upload = try edge.ask("POST", "/images", ["Content-Type: image/jpeg"], body: fresh)
        #expect(upload.status == 503 && upload["Retry-After"] != nil)
        #expect(try edge.ask("DELETE", "/images/\(known)").status == 503)
        let purge = try edge.ask("POST", "/purge/\(deleted)", admin: true)
        #expect(purge.status == 503 && purge["Retry-After"] != nil, "others are not told")
        #expect(try edge.waits { try edge.ask("/images").status == 503 }, "a listing")
        let readiness = try edge.readiness(says: "degraded")
        #expect(readiness?.status == 200)
    }

    /// Back: what was refused is taken, and nothing that was acknowledged is missing.
    func expectBack(_ edges: [Edge], known: String, fresh: [UInt8]) throws {
        for edge in edges {
            #expect(try edge.readiness(says: "ready\n")?.status == 200)
            #expect(try edge.waits { try edge.ask("/images").status == 200 })
            // Its connections come back one by one.
            #expect(try edge.waits { try edge.ask("/images/\(unknown)").status == 404 })
        }
        var answer = try edges[0].ask("POST", "/images", ["Content-Type: image/jpeg"], body: fresh)
        _ = try edges[0].waits {
            if answer.status != 503 { return true }
            answer = try edges[0].ask("POST", "/images", ["Content-Type: image/jpeg"], body: fresh)
            return false
        }
        #expect([200, 201].contains(answer.status), "\(answer)")
        for edge in edges {
            #expect(try edge.ask("/images/\(contentHash(fresh))").status == 200)
            #expect(try edge.ask("/images/\(known)").status == 200)
        }
    }

    @Test func whatIsKnownGoesOnWhileTheDatabaseIsAway() throws {
        try withEngine { engine in
            let site = try SharedIndexSite(edges: 2, engine)
            let edges = try site.start()
            let photos = try (6200..<6204).map { try Photos.small($0) }
            let (known, deleted) = try seed(edges, photos[0], photos[1])

            try engine.signal(SIGSTOP)
            for edge in edges {
                #expect(try edge.readiness(says: "degraded") != nil)
                try expectAway(edge, known: known, deleted: deleted, fresh: photos[2])
            }
            try engine.signal(SIGCONT)
            try expectBack(edges, known: known, fresh: photos[2])

            try engine.signal(SIGKILL)
            for edge in edges {
                try expectAway(edge, known: known, deleted: deleted, fresh: photos[3])
            }
            // One that is started meanwhile knows what it knew.
            #expect(edges[1].stop() == 0)
            let again = try site.start(1)
            try expectAway(again, known: known, deleted: deleted, fresh: photos[3])
            try engine.startAgain()
            try expectBack([edges[0], again], known: known, fresh: photos[3])
            #expect(edges[0].event("index-away") != nil && edges[0].event("index-back") != nil)
        }
    }

    /// A standby that was told of all takes over: nothing that was acknowledged is missing.
    @Test func aStandbyTakesOver() throws {
        try withEngine { engine in
            try engine.startStandby()
            func port(_ place: String) -> String {
                let word = place.split(separator: " ").first { $0.hasPrefix("port=") }
                return String(word?.dropFirst("port=".count) ?? "")
            }
            let ports = try [engine.place(), engine.place(of: "standby.place")].map(port)
            let both =
                "host=127.0.0.1,127.0.0.1 port=\(ports.joined(separator: ",")) "
                + "user=pollex dbname=postgres target_session_attrs=read-write"
            let site = try SharedIndexSite(edges: 2, engine)
            let edges = try site.start(["INDEX_POSTGRESQL": both])
            let photos = try (6210..<6230).map { try Photos.small($0) }
            var acknowledged: [String] = []
            for (number, photo) in photos.prefix(10).enumerated() {
                acknowledged.append(try edges[number % 2].upload(photo))
            }
            try engine.signal(SIGKILL)
            for photo in photos[10..<12] {
                let answer = try edges[0].ask(
                    "POST", "/images", ["Content-Type: image/jpeg"], body: photo)
                #expect(answer.status == 503)
            }
            try engine.promoteStandby()
            try expectBack(edges, known: acknowledged[0], fresh: photos[12])
            acknowledged.append(contentHash(photos[12]))
            for edge in edges {
                for hash in acknowledged {
                    #expect(try edge.ask("/images/\(hash)").status == 200)
                }
                #expect(try edge.waits { try edge.allImages().count >= acknowledged.count })
            }
        }
    }

    @Test func hitsStopWhereTheyAreTold() throws {
        try withEngine { engine in
            let site = try SharedIndexSite(edges: 1, engine)
            let edge = try site.start(0, ["INDEX_MAX_STALENESS_SECONDS": "2"])
            let hash = try edge.upload(try Photos.small(6240))
            let thumb = "/thumbs/40x/\(hash).jpg"
            #expect(try edge.ask(thumb).status == 200)
            try engine.signal(SIGSTOP)
            #expect(try edge.waits { try edge.ask(thumb).status == 503 })
            try engine.signal(SIGCONT)
            #expect(try edge.waits { try edge.ask(thumb).status == 200 })
        }
    }
}
