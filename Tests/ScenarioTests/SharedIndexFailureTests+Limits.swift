import Foundation
import Glibc
import TestSupport
import Testing

// The database is there and takes nobody, or nothing, or can not be reached by one edge.
extension SharedIndexFailureTests {
    @Test func aDatabaseThatTakesNobodyIsAway() throws {
        try withEngine { engine in
            try engine.tell(
                "create role few login", "grant all on database postgres to few",
                "grant all on schema public to few")
            let few = try engine.place().replacing("user=pollex", with: "user=few")
            let site = try SharedIndexSite(edges: 2, engine)
            let edges = try site.start(["INDEX_POSTGRESQL": few])
            let photos = try (6250..<6253).map { try Photos.small($0) }
            let (known, deleted) = try seed(edges, photos[0], photos[1])
            try engine.tell(
                "alter role few connection limit 0",
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'few'")
            for edge in edges {
                #expect(try edge.readiness(says: "degraded") != nil)
                try expectAway(edge, known: known, deleted: deleted, fresh: photos[2])
            }
            try engine.tell("alter role few connection limit -1")
            try expectBack(edges, known: known, fresh: photos[2])
        }
    }

    /// What finds no room is refused, and all that is known goes on.
    @Test(.enabled(if: SmallDisk.isPossible, "a small file system can not be mounted here"))
    func aDatabaseWithoutRoomKeepsWhatItHas() throws {
        try withEngine { engine in
            let nobody: uid_t = 65_534
            let disk = try SmallDisk(megabytes: 24, owner: nobody)
            try engine.tell(
                "create tablespace small location '\(disk.folder.path)'",
                "create database small tablespace small")
            let place = try engine.place().replacing("dbname=postgres", with: "dbname=small")
            let site = try SharedIndexSite(edges: 2, engine)
            let edges = try site.start(["INDEX_POSTGRESQL": place])
            let known = contentHash(try Photos.small(6260))
            for edge in edges {
                try edge.upload(try Photos.small(6260))
                #expect(try edge.ask("/thumbs/40x/\(known).jpg").status == 200)
            }
            try engine.tell(
                "\\c small", "create table filler (content text) with (autovacuum_enabled = false)",
                "alter table filler alter content set storage plain")
            // Until no page finds room; what is undone of it has its pages nonetheless.
            #expect(throws: (any Error).self) {
                try engine.tell(
                    "\\c small",
                    "do $$ begin loop insert into filler values (repeat('x', 8000)); "
                        + "end loop; end $$"
                )
            }
            var (acknowledged, refused) = ([known], [UInt8]())
            for number in 6261..<6661 where refused.isEmpty {
                let photo = try Photos.small(number)
                let answer = try edges[number % 2].ask(
                    "POST", "/images", ["Content-Type: image/jpeg"], body: photo)
                if answer.status == 201 {
                    acknowledged.append(contentHash(photo))
                } else {
                    #expect([503, 507].contains(answer.status), "\(answer)")
                    refused = photo
                }
            }
            #expect(!refused.isEmpty)
            for edge in edges {
                #expect(try edge.ask("/thumbs/40x/\(known).jpg").status == 200)
                #expect(try edge.ask("GET", "/readyz", admin: true).status == 200)
            }
            try engine.tell("\\c small", "drop table filler")
            try expectBack(edges, known: known, fresh: refused)
            for edge in edges {
                for hash in acknowledged {
                    #expect(try edge.ask("/images/\(hash)").status == 200)
                }
            }
        }
    }

    /// One edge hears and says nothing, for as long as it takes to be taken for dead; the others
    /// lose nothing by it.
    @Test func anEdgeThatIsCutOffCatchesUp() throws {
        let site = try SharedIndexSite(edges: 2)
        let relay = try DatabaseRelay(to: site.place)
        let (near, far) = (
            try site.start(0), try site.start(1, ["INDEX_POSTGRESQL": relay.place])
        )
        let photos = try (6270..<6275).map { try Photos.small($0) }
        let hashes = photos.map(contentHash)
        let thumbs = hashes.map { "/thumbs/40x/\($0).jpg" }
        for edge in [near, far] { try edge.upload(photos[2]) }
        #expect(try far.ask(thumbs[2]).status == 200)
        _ = try seed([near, far], photos[0], photos[1])

        relay.stop()
        let alone = try near.ask("DELETE", "/images/\(hashes[2])")
        #expect(alone.text.contains(#""edges":{"confirmed":1,"#), "\(alone.text)")
        try expectAway(far, known: hashes[0], deleted: hashes[1], fresh: photos[4])
        try near.upload(photos[3])
        // Nobody waits for it any more.
        #expect(
            try near.waits {
                let purge = try near.ask("POST", "/purge/\(hashes[0])", admin: true)
                return purge.text.contains(#""edges":{"confirmed":1,"known":1}"#)
            })
        // `CUT_OFF_SECONDS=60` for the long form.
        let seconds = Double(ProcessInfo.processInfo.environment["CUT_OFF_SECONDS"] ?? "") ?? 0
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        #expect(eventually(seconds: seconds + 60) { clock.now >= end })
        try expectAway(far, known: hashes[0], deleted: hashes[1], fresh: photos[4])
        relay.goOn()
        try expectBack([near, far], known: hashes[0], fresh: photos[4])
        #expect(try far.waits { try far.ask(thumbs[2]).status == 410 })
        #expect(try far.ask("/images/\(hashes[3])").status == 200)
    }
}
