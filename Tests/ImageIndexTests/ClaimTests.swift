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
    private let never = Duration.seconds(Int64.max / 4)

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
                        try await edge.claim(hash, before: never)
                        #expect(inHand.change(by: 1) == 1)
                        _ = inHand.change(by: -1)
                        #expect(await edge.release(hash, isSettled: true))
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
        try await edges[0].claim(hash, before: never)
        _ = try fleet.line().ask(
            Statement(
                """
                select count(pg_terminate_backend(pid)) from pg_stat_activity \
                where datname = current_database() and pid <> pg_backend_pid()
                """))
        let other = Task { try await edges[1].claim(hash, before: never) }
        #expect(try eventually { try holders() == 1 })
        #expect(try await edges[0].extend(claim: hash, by: .seconds(7200)))
        #expect(try await !edges[1].extend(claim: hash, by: .seconds(7200)))
        #expect(await edges[0].release(hash, isSettled: true))
        try await other.value
        #expect(try await edges[1].extend(claim: hash, by: .seconds(7200)))
        for edge in edges { edge.close() }
    }

    /// One that fell keeps the others waiting for a while, and what it does after that is undone.
    @Test func aClaimEnds() async throws {
        let edges = try edges("a", "b")
        try await edges[0].claim(hash, before: never)
        try fleet.line().run([Statement("update pollex_claim set ends = now()")])
        try await edges[1].claim(hash, before: never)
        #expect(try await !edges[0].extend(claim: hash, by: .seconds(7200)))
        #expect(await !edges[0].release(hash, isSettled: true))
        #expect(try holders() == 1)
        #expect(await edges[1].release(hash, isSettled: true))
        for edge in edges { edge.close() }
    }

    /// What was sent to a store and not answered may be done for some time, whoever waits.
    @Test func aDoubtKeepsOthersAway() async throws {
        let edges = try edges("a", "b")
        let isLong = Statement(
            "select ends > now() + interval '90 min' from pollex_claim where holder is not null")
        try await edges[0].claim(hash, before: never)
        #expect(try await edges[0].extend(claim: hash, by: .seconds(7200)))
        #expect(await edges[0].release(hash, isSettled: false))
        #expect(try fleet.line().ask(isLong).isTrue(0, 0))
        // Who is in doubt may ask again, which shortens nothing.
        try await edges[0].claim(hash, before: never)
        #expect(await edges[0].release(hash, isSettled: false))
        #expect(try fleet.line().ask(isLong).isTrue(0, 0))
        await #expect(throws: ImageIndexError.busy) {
            try await edges[1].claim(hash, before: .zero)
        }
        for edge in edges { edge.close() }
    }
}
