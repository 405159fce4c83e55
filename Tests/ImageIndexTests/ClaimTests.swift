import PostgreSQL
import Rendition
import SharedIndex
import Synchronization
import TestSupport
import Testing

@testable import ImageIndex

/// What keeps edges from storing and deleting the same bytes at once.
@Suite(.enabled(if: DatabaseEngine.shared != nil, "no PostgreSQL runs"))
struct ClaimTests {
    private let fleet: Fleet
    private let hash = ContentHash.sample(1)

    init() throws { fleet = try Fleet() }

    private func edges(_ names: String...) throws -> [SharedImageIndex] {
        try names.map { try fleet.edge($0) }
    }

    /// How many hold it yet.
    private func holders() throws -> Int64? {
        let rows = try fleet.line().ask(
            Statement("select count(*) from pollex_claim where ends > now()"))
        return rows.number(0, 0)
    }

    private final class InHand: Sendable {
        private let count = Mutex(0)
        func change(by step: Int) -> Int {
            count.withLock { count in
                count += step
                return count
            }
        }
    }

    @Test func oneAtATime() async throws {
        let edges = try edges("a", "b", "c")
        let inHand = InHand()
        try await withThrowingTaskGroup { group in
            for edge in edges {
                // One of an edge at a time, as its own locks see to it.
                group.addTask {
                    for _ in 0..<20 {
                        try await edge.claim(hash)
                        #expect(edge.isClaimed(hash))
                        #expect(inHand.change(by: 1) == 1)
                        _ = inHand.change(by: -1)
                        #expect(await edge.release(hash, after: nil))
                        #expect(!edge.isClaimed(hash))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try holders() == 0)
        for edge in edges { edge.close() }
    }

    /// Whatever ends connections – a server started again, a pause too long, a balancer between –
    /// lets nobody else have it.
    @Test func aClaimOutlivesItsConnection() async throws {
        let edges = try edges("a", "b")
        try await edges[0].claim(hash)
        _ = try fleet.line().ask(
            Statement(
                """
                select count(pg_terminate_backend(pid)) from pg_stat_activity \
                where datname = current_database() and pid <> pg_backend_pid()
                """))
        let other = Task { try await edges[1].claim(hash) }
        #expect(try eventually { try holders() == 1 })
        #expect(!edges[1].isClaimed(hash))
        // The first to ask finds its connection lost.
        var isReleased = false
        for _ in 0..<100 where !isReleased {
            isReleased = await edges[0].release(hash, after: nil)
        }
        #expect(isReleased)
        do { try await other.value } catch ImageIndexError.away {
            try await edges[1].claim(hash)
        }
        #expect(edges[1].isClaimed(hash))
        for edge in edges { edge.close() }
    }

    /// One that fell keeps the others waiting for a while, and what it does after that is undone.
    @Test func aClaimEnds() async throws {
        let edges = try edges("a", "b")
        try await edges[0].claim(hash)
        try fleet.line().run([Statement("update pollex_claim set ends = now()")])
        try await edges[1].claim(hash)
        #expect(await !edges[0].release(hash, after: nil))
        #expect(try holders() == 1)
        #expect(await edges[1].release(hash, after: nil))
        for edge in edges { edge.close() }
    }

    /// What was sent to a store and not answered may be done for some time, whoever waits.
    @Test func aDoubtKeepsOthersAway() async throws {
        let edges = try edges("a", "b")
        try await edges[0].claim(hash)
        #expect(await edges[0].release(hash, after: .seconds(3600)))
        #expect(!edges[0].isClaimed(hash))
        let ends = Statement(
            "select ends > now() + interval '50 min' from pollex_claim where holder is not null")
        #expect(try fleet.line().ask(ends).isTrue(0, 0))
        // Who is in doubt may ask again.
        try await edges[0].claim(hash)
        #expect(await edges[0].release(hash, after: .seconds(3600)))
        for edge in edges { edge.close() }
    }
}
