import JSON
import LinuxIO
import Store
import TestSupport
import Testing

@testable import Events

/// Times are small numbers of microseconds.
@Suite struct EventJournalTests {
    private let scratch: Scratch
    private let all = Subscriber(address: "https://a.example/", kinds: Set(EventKind.allCases))
    private let failures = Subscriber(address: "https://b.example/", kinds: [.imageFailed])

    init() throws { scratch = try Scratch() }

    private func makeJournal(
        _ subscribers: [Subscriber], capacity: Int = 100
    ) throws -> EventJournal {
        let store = try Store(
            directory: scratch.path, databases: EventJournal.tableNames,
            options: .init(durability: .processOnly, mapByteCount: 1 << 24))
        return try EventJournal(
            store, try GroupCommitter(store), subscribers: subscribers, capacity: capacity)
    }

    private func event(_ kind: EventKind, at time: Int64 = 1) -> Event {
        Event(kind, at: time) { $0.field("number", Int(time)) }
    }

    @Test func keepsAnEventForEachWhoWantsIt() async throws {
        let journal = try makeJournal([all, failures])
        let (stored, failed) = (event(.imageStored, at: 1), event(.imageFailed, at: 2))
        try journal.record(stored)
        try journal.record(failed)
        #expect(
            try journal.due(for: all.number, by: 9, limit: 9).deliveries.map(\.event)
                == [stored, failed])
        #expect(
            try journal.due(for: failures.number, by: 9, limit: 9).deliveries.map(\.event)
                == [failed])
        #expect(try journal.backlog() == .init(waiting: 3, parked: 0))
    }

    @Test func forgetsWhatWasDeliveredAndPutsOffWhatWasNot() async throws {
        let journal = try makeJournal([all])
        for time in 1...3 { try journal.record(event(.imageStored, at: Int64(time))) }
        let first = try journal.due(for: all.number, by: 9, limit: 2)
        #expect(first.deliveries.count == 2 && first.next == 3)
        try journal.settle([
            (first.deliveries[0], .delivered), (first.deliveries[1], .again(at: 50)),
        ])
        let rest = try journal.due(for: all.number, by: 9, limit: 9)
        #expect(rest.deliveries.map(\.event.time) == [3] && rest.next == 50)
        let again = try journal.due(for: all.number, by: 50, limit: 9).deliveries
        #expect(again.map(\.attempts) == [0, 1])
        #expect(again[1].event == first.deliveries[1].event, "the same words, the same id")
    }

    @Test func parkedOnesComeBackWhenAskedFor() async throws {
        let journal = try makeJournal([all])
        try journal.record(event(.imageStored))
        let delivery = try #require(
            try journal.due(for: all.number, by: 9, limit: 1).deliveries.first)
        try journal.settle([(delivery, .parked(at: 5))])
        #expect(try journal.backlog() == .init(waiting: 0, parked: 1))
        #expect(try journal.due(for: all.number, by: .max, limit: 9).deliveries.isEmpty)
        #expect(try await journal.retryParked(at: 7) == 1)
        let back = try journal.due(for: all.number, by: 7, limit: 9).deliveries
        #expect(back.map(\.attempts) == [0] && back.map(\.event) == [delivery.event])
        #expect(try journal.backlog() == .init(waiting: 1, parked: 0))
    }

    @Test func atTheBoundWhatWasParkedMakesWayAndThenTheNewIsCounted() async throws {
        let journal = try makeJournal([all, failures], capacity: 2)
        for time in 1...2 { try journal.record(event(.imageStored, at: Int64(time))) }
        let oldest = try #require(
            try journal.due(for: all.number, by: 9, limit: 1).deliveries.first)
        try journal.settle([(oldest, .parked(at: 5))])
        try journal.record(event(.imageStored, at: 3))
        #expect(try journal.backlog() == .init(waiting: 2, parked: 0))
        #expect(journal.droppedCount == 0)
        try journal.record(event(.imageFailed, at: 4))
        #expect(journal.droppedCount == 1)
        #expect(
            try journal.due(for: all.number, by: 9, limit: 9).deliveries.map(\.event.time)
                == [2, 3])
        #expect(
            try journal.due(for: failures.number, by: 9, limit: 9).deliveries.count == 1,
            "a full queue is nobody else's")
    }

    @Test func survivesBeingOpenedAgainButNotTheEndOfASubscription() async throws {
        let written = event(.imageFailed)
        do {
            let journal = try makeJournal([all, failures])
            try journal.record(written)
        }
        let journal = try makeJournal([failures])
        #expect(journal.forgottenCount == 1)
        #expect(
            try journal.due(for: failures.number, by: 9, limit: 9).deliveries.map(\.event)
                == [written])
        #expect(try journal.due(for: all.number, by: 9, limit: 9).deliveries.isEmpty)
    }

    @Test func thePayloadIsWhatStandardWebhooksRecommends() throws {
        let written = Event(.imageReady, at: 1_700_000_000_000_000) { $0.field("hash", "ab") }
        #expect(
            String(decoding: written.payload, as: UTF8.self)
                == #"{"type":"image.ready","timestamp":"2023-11-14T22:13:20.000Z","#
                + #""data":{"hash":"ab"}}"#)
        #expect(written.id.text.wholeMatch(of: /evt_[0-9a-f]{32}/) != nil)
    }
}
