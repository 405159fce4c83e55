import Events
import PostgreSQL
import Rendition
import SharedIndex
import Synchronization
import TestSupport
import Testing
import Text

@testable import ImageIndex

/// An index that several edges share, beyond what every index does.
@Suite(.enabled(if: DatabaseEngine.shared != nil, "no PostgreSQL runs"))
struct SharedIndexTests {
    private func isPresent(_ hash: ContentHash, in index: SharedImageIndex) throws -> Bool {
        try index.makeSummaries().summary(of: hash)?.state == .present
    }

    @Test func whatOneEdgeChangesTheOthersKnow() async throws {
        let fleet = try Fleet()
        let edges = try ["a", "b", "c"].map { try fleet.edge($0) }
        for number in 0..<30 {
            _ = try await edges[number % 3].put(.full(number))
        }
        for edge in edges {
            #expect(try eventually { try edge.presentCount() == 30 })
            #expect(
                try await edge.list(ImageQuery(), limit: 50, after: nil).images
                    == (0..<30).reversed().map { .full($0) })
        }
        var patch = ImagePatch()
        patch.tags = .set(["other"])
        _ = try await edges[1].patch(.sample(5), patch, expecting: nil, .any(preferring: nil))
        _ = try await edges[2].delete(.sample(6), block: true, of: nil)
        var query = ImageQuery()
        query.tag = "other"
        for edge in edges {
            #expect(try eventually { try !isPresent(.sample(6), in: edge) })
            #expect(try await edge.image(.sample(6)) == .blocked)
            #expect(
                try await edge.list(query, limit: 9, after: nil).images.map(\.hash)
                    == [.sample(5)])
        }
        for name in ["a", "b", "c"] {
            #expect(eventually { fleet.gone.withLock { $0[name] } == [.sample(6)] })
        }
        for edge in edges { edge.close() }
    }

    /// Its replica has not heard of the picture, and is not told of it either.
    @Test func whatIsNotKnownHereIsAskedFor() async throws {
        let fleet = try Fleet()
        let (one, other) = (try fleet.edge("one"), try fleet.edge("other", follows: false))
        _ = try await one.put(.full(1))
        _ = try await one.put(.full(2))
        _ = try await one.delete(.sample(2), block: false, of: nil)
        #expect(try !isPresent(.sample(1), in: other))
        #expect(try await other.image(.sample(1)) == .present(.full(1)))
        #expect(try isPresent(.sample(1), in: other))
        #expect(try await other.image(.sample(2)) == .deleted)
        #expect(try await other.image(.sample(3)) == .unknown)
        // Who changes something begins with what is true.
        #expect(try await other.delete(.sample(1), block: false, of: nil) == .deleted(.full(1)))
        #expect(try await one.put(.full(1), mustBeKnown: true) == .unknown)
        one.close()
        other.close()
    }

    @Test func theSameBytesAtOnceAreOneDocument() async throws {
        let fleet = try Fleet()
        let edges = try ["a", "b", "c"].map { try fleet.edge($0) }
        for number in 0..<20 {
            let outcomes = try await withThrowingTaskGroup(of: PutOutcome.self) { group in
                for (place, edge) in edges.enumerated() {
                    group.addTask {
                        try await edge.put(.sample(number, uploadedAt: Int64(1 + place)))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let created = outcomes.compactMap { outcome -> ImageDocument? in
                if case .created(let document) = outcome { document } else { nil }
            }
            #expect(created.count == 1)
            let existing = PutOutcome.existing(try #require(created.first))
            #expect(outcomes.filter { $0 == existing }.count == 2)
        }
        for edge in edges {
            #expect(try eventually { try edge.presentCount() == 20 })
            edge.close()
        }
    }

    /// Hints are lost and listeners ended all the time: what is missed is found by its number.
    @Test func nothingIsMissedWhereListenersAreEnded() async throws {
        let fleet = try Fleet()
        let edges = try ["a", "b", "c"].map { try fleet.edge($0) }
        let killer = fleet.line()
        for number in 0..<200 {
            _ = try await edges[number % 2].put(.sample(number))
            if number % 2 == 1 {
                _ = try await edges[number % 2].delete(.sample(number), block: false, of: nil)
            }
            guard number % 20 == 0 else { continue }
            _ = try killer.ask(
                Statement(
                    """
                    select count(pg_terminate_backend(pid)) from pg_stat_activity \
                    where datname = current_database() and pid <> pg_backend_pid() \
                    and query not like '%pollex_state%'
                    """))
        }
        for edge in edges {
            #expect(
                try eventually {
                    let counts = try edge.local.counts()
                    return counts.present == 100 && counts.tombstones == 100
                })
            edge.close()
        }
    }

    /// An edge that was away for long begins where it stopped, and forgets what went meanwhile.
    @Test func whoWasAwayCatchesUp() async throws {
        let fleet = try Fleet()
        let (one, first) = (try fleet.edge("one"), try fleet.edge("other"))
        for number in 0..<10 { _ = try await one.put(.sample(number)) }
        #expect(try eventually { try first.presentCount() == 10 })
        first.close()
        for number in 0..<5 { _ = try await one.delete(.sample(number), block: false, of: nil) }
        for number in 10..<2500 { _ = try await one.put(.sample(number)) }
        let again = try fleet.edge("other")
        #expect(try again.presentCount() == 2495)
        #expect(
            Set(fleet.gone.withLock { $0["other"] } ?? []) == Set((0..<5).map { .sample($0) }))
        one.close()
        again.close()
    }

    /// Another database under the same name: a replica has nothing of the old one.
    @Test func aReplicaOfAnotherDatabaseBeginsAnew() async throws {
        let fleet = try Fleet()
        let one = try fleet.edge("one")
        _ = try await one.put(.sample(1))
        one.close()
        let other = try Fleet()
        let seed = try other.edge("seed")
        _ = try await seed.put(.sample(2))
        seed.close()
        let moved = try fleet.edge("one", at: other.information)
        #expect(eventually { fleet.news.withLock { $0["one"] }?.contains(.other) == true })
        #expect(try eventually { try moved.presentCount() == 1 })
        #expect(try await moved.image(.sample(1)) == .unknown)
        #expect(try await moved.image(.sample(2)) == .present(.sample(2)))
        moved.close()
    }

    @Test func anUploadLinkIsUsedOnceAmongAll() async throws {
        let fleet = try Fleet()
        let edges = try ["a", "b", "c"].map { try fleet.edge($0) }
        let mark = Array(repeating: UInt8(127), count: 8) + Array("link".utf8)
        let uses = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<30 {
                group.addTask { try await edges[number % 3].use(link: mark, atMost: 7, now: 1) }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(uses == 7)
        try await edges[0].giveBack(link: mark)
        #expect(try await edges[1].use(link: mark, atMost: 7, now: 1))
        #expect(try await !edges[2].use(link: mark, atMost: 7, now: 1))
        for edge in edges { edge.close() }
    }

    /// What one has in hand is nobody else's, until it falls.
    @Test func aPictureIsMadeByOneEdge() async throws {
        let fleet = try Fleet()
        let (one, other) = (try fleet.edge("one"), try fleet.edge("other"))
        for number in 0..<8 {
            var image = ImageDocument.sample(number)
            image.status = .stored
            _ = try await one.put(image)
        }
        #expect(try eventually { try other.pendingCount() == 8 })
        let mine = try await one.pending(limit: 4).map(\.hash)
        let others = try await other.pending(limit: 4).map(\.hash)
        #expect(mine == (0..<4).map { .sample($0) })
        #expect(others == (4..<8).map { .sample($0) })
        #expect(try await one.pending(limit: 4).map(\.hash) == mine)
        try await other.advance(.sample(4), to: .ready)
        #expect(try eventually { try one.pendingCount() == 7 })
        // Whoever can not make one lets others.
        await one.setAside(.sample(3))
        #expect(try await other.pending(limit: 1, besides: Set(others)).map(\.hash) == [.sample(3)])
        #expect(try await one.pending(limit: 9).map(\.hash) == Array(mine.dropLast()))
        await other.setAside(.sample(3))
        // As if it had not been heard of for that long.
        one.close()
        try fleet.line().run([
            Statement(
                "update pollex_edge set seen = now() - interval '11 s' where name = 'one'")
        ])
        #expect(try await other.pending(limit: 9).map(\.hash) == mine + others.dropFirst())
        other.close()
    }

    @Test func schemasAreMadeOnceAndNewerOnesLeftAlone() async throws {
        let fleet = try Fleet()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { try Schema.prepare(fleet.line()) } }
            try await group.waitForAll()
        }
        let line = fleet.line()
        #expect(try line.ask(Statement("select count(*) from pollex_counter")).number(0, 0) == 1)
        try line.run([Statement("insert into pollex_schema (version) values (9)")])
        #expect(throws: Schema.Failure.self) { try Schema.prepare(line) }
        #expect(throws: ImageIndexError.self) { try fleet.edge("late") }
    }

    /// An older edge beside a newer one: it goes on with what it knows, and changes nothing.
    @Test func whatANewerEdgeHasChangedIsNotWritten() async throws {
        let fleet = try Fleet()
        let edge = try fleet.edge("old")
        _ = try await edge.put(.sample(1))
        try fleet.line().run([Statement("insert into pollex_schema (version) values (9)")])
        _ = try fleet.line().ask(
            Statement(
                """
                select count(pg_terminate_backend(pid)) from pg_stat_activity \
                where datname = current_database() and pid <> pg_backend_pid()
                """))
        #expect(eventually { edge.contact.isLost })
        await #expect(throws: ImageIndexError.away) { try await edge.put(.sample(2)) }
        await #expect(throws: ImageIndexError.away) { try await edge.image(.sample(2)) }
        #expect(try await edge.image(.sample(1)) == .present(.sample(1)))
        // Connections that are lost are said first.
        #expect(
            eventually {
                fleet.news.withLock { $0["old"] ?? [] }.contains {
                    if case .away(let reason) = $0 { reason.contains("newer") } else { false }
                }
            })
        edge.close()
    }

    /// However much an edge has to catch up with, the others hear of it all the while.
    @Test func whoCatchesUpIsAlive() async throws {
        let fleet = try Fleet()
        let line = fleet.line()
        let edge = try fleet.edge("edge", follows: false)
        try line.run([
            Statement(
                """
                insert into pollex_state (key, n, value) select '\\x04'::bytea \
                || sha256(convert_to(i::text, 'utf8')), i, 'purged' \
                from generate_series(1, 2500) as i
                """),
            Statement("update pollex_counter set n = 2500"),
        ])
        // What others were told of it by the time that it makes use of each page.
        let told = Mutex<[Int64]>([])
        let place = Statement("select coalesce(max(n), -1) from pollex_edge where name = 'edge'")
        try edge.start { _ in
            let number = try? line.ask(place).number(0, 0)
            told.withLock { $0.append(number ?? -2) }
            // Longer than it may say nothing of itself.
            let clock = ContinuousClock()
            let end = clock.now + .seconds(1.5)
            #expect(eventually { clock.now > end })
        }
        #expect(eventually { edge.contact.staleness != nil && edge.contact.lag == 0 })
        #expect(told.withLock { $0 } == [0, 1000, 2000])
        edge.close()
    }

    /// Where a replica has no room it still hears of what goes, however much came before that.
    @Test func whatIsDeletedIsForgottenWithoutRoomToo() async throws {
        let fleet = try Fleet()
        let one = try fleet.edge("one")
        _ = try await one.put(.full(0))
        let small = try fleet.edge("small", mapByteCount: 1 << 20)
        #expect(try isPresent(.sample(0), in: small))
        try await withThrowingTaskGroup { group in
            for number in 1..<2500 { group.addTask { _ = try await one.put(.full(number)) } }
            try await group.waitForAll()
        }
        #expect(eventually { small.contact.isLost })
        _ = try await one.delete(.sample(0), block: false, of: nil)
        #expect(eventually { fleet.gone.withLock { $0["small"] ?? [] }.contains(.sample(0)) })
        #expect(small.contact.isLost)
        one.close()
        small.close()
    }

    /// Whoever sends broken files without end fills no database and no replica.
    @Test func refusalsHaveABound() async throws {
        let fleet = try Fleet()
        let (one, other) = (
            try fleet.edge("one", verdicts: 10), try fleet.edge("other", verdicts: 10)
        )
        let verdict = Verdict(reason: 2, detail: "cut off")
        let pipeline = PipelineVersion(value: 1)
        for number in 0..<40 {
            try await one.remember(verdict, for: .sample(number), pipeline: pipeline, from: nil)
        }
        _ = try await one.put(.sample(1000))
        #expect(try eventually { try other.presentCount() == 1 })
        for edge in [one, other] {
            #expect(try await edge.counts().verdicts == 10)
        }
        try one.sweep()
        let count = Statement("select count(*) from pollex_state")
        #expect(try fleet.line().ask(count).number(0, 0) == 11)
        // The next one is one more, and what is nowhere else is refused by whoever knows it.
        try await other.remember(verdict, for: .sample(1), pipeline: pipeline, from: nil)
        #expect(try await other.verdict(for: .sample(1), pipeline: pipeline) == verdict)
        one.close()
        other.close()
    }
}
