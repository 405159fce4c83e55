import Events
import JSON
import PostgreSQL
import Rendition
import SharedIndex
import TestSupport
import Testing

@testable import ImageIndex

/// Events that several edges tell together.
@Suite(.enabled(if: DatabaseEngine.shared != nil, "no PostgreSQL runs"))
struct SharedEventTests {
    private let fleet: Fleet
    private let all = Subscriber(address: "https://a.example/", kinds: Set(EventKind.allCases))

    init() throws { fleet = try Fleet() }

    private func edges(_ names: String...) throws -> [SharedImageIndex] {
        try names.map { try fleet.edge($0, subscribers: [all]) }
    }

    private func due(_ edge: SharedImageIndex, at time: Int64 = .max / 4, limit: Int = 100) throws
        -> [Delivery]
    {
        try edge.deliveries.due(for: all.number, by: time, limit: limit).deliveries
    }

    /// Counted once in a while.
    private func has(_ backlog: EventJournal.Backlog, _ edge: SharedImageIndex) throws -> Bool {
        try eventually { try edge.deliveries.backlog(of: nil) == backlog }
    }

    @Test func eachEventIsInOneHand() async throws {
        let edges = try edges("a", "b")
        for number in 0..<6 { _ = try await edges[0].put(.sample(number)) }
        #expect(try has(.init(waiting: 12, parked: 0), edges[0]))
        let (first, second) = (try due(edges[0], limit: 5), try due(edges[1]))
        #expect(first.count == 5 && second.count == 7)
        #expect(Set((first + second).map(\.event.id.text)).count == 12)
        #expect(try due(edges[1]) == second, "in hand until it is settled")
        try edges[0].deliveries.settle(first.map { ($0, .delivered) })
        try edges[1].deliveries.settle([
            (second[0], .again(at: 50)), (second[1], .parked(at: 60)),
        ])
        #expect(try has(.init(waiting: 6, parked: 1), edges[1]))
        #expect(try due(edges[0], at: 50).map(\.attempts) == [1])
        for edge in edges { edge.close() }
    }

    /// Who has at hand what an event is about sees to it, as long as it is alive.
    @Test func whatIsNearIsSeenToWhereItHappened() async throws {
        let near = Subscriber(address: "export", kinds: [.imageStored], isNear: true)
        let edges = try ["a", "b"].map { try fleet.edge($0, subscribers: [near]) }
        #expect(
            try eventually {
                try fleet.line().run([Statement("select 1 from pollex_edge")])[0].count == 2
            })
        for number in 0..<3 { _ = try await edges[0].put(.sample(number)) }
        func due(_ edge: SharedImageIndex) throws -> [Delivery] {
            try edge.deliveries.due(for: near.number, by: .max / 4, limit: 100).deliveries
        }
        #expect(try due(edges[1]).isEmpty)
        let mine = try due(edges[0])
        #expect(mine.count == 3)
        // What it could not do is anybody's.
        try edges[0].deliveries.settle([(mine[0], .again(at: 50))])
        #expect(try due(edges[1]).map(\.event.id.text) == [mine[0].event.id.text])
        edges[0].close()
        try fleet.line().run([
            Statement("update pollex_edge set seen = now() - interval '11 s' where name = 'a'")
        ])
        #expect(try due(edges[1]).count == 3)
        edges[1].close()
    }

    /// Nothing that an edge had in hand is lost with it.
    @Test func whatAFallenEdgeHadInHandOthersTell() async throws {
        let edges = try edges("a", "b")
        for number in 0..<3 { _ = try await edges[0].put(.sample(number)) }
        let inHand = try due(edges[0])
        #expect(inHand.count == 6)
        #expect(try due(edges[1]).isEmpty)
        edges[0].close()
        try fleet.line().run([
            Statement("update pollex_edge set seen = now() - interval '11 s' where name = 'a'")
        ])
        #expect(Set(try due(edges[1]).map(\.event.id.text)) == Set(inHand.map(\.event.id.text)))
        // That one was not dead, and says what became of it: the others have it now.
        try edges[0].deliveries.settle(inHand.map { ($0, .delivered) })
        #expect(try has(.init(waiting: 6, parked: 0), edges[1]))
        edges[1].close()
    }

    @Test func parkedOnesComeBackWhenAskedFor() async throws {
        let edges = try edges("a", "b")
        _ = try await edges[0].put(.sample(1))
        let inHand = try due(edges[0])
        try edges[0].deliveries.settle(inHand.map { ($0, .parked(at: 7)) })
        #expect(try due(edges[1]).isEmpty)
        #expect(try await edges[1].retryParked(at: 8) == 2)
        let again = try due(edges[1])
        #expect(again.map(\.attempts) == [0, 0])
        #expect(
            Set(again.map(\.event.payload)) == Set(inHand.map(\.event.payload)), "the same words")
        for edge in edges { edge.close() }
    }

    /// An event is true with its change, or not at all.
    @Test func anEventOfItsOwnIsToldToo() async throws {
        let edges = try edges("a", "b")
        let alarm = Event(.errorsAlarm, at: 5) { $0.field("count", 1) }
        try edges[0].deliveries.record(alarm)
        #expect(try due(edges[1]).map(\.event) == [alarm])
        for edge in edges { edge.close() }
    }
}
