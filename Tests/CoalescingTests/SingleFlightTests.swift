import Coalescing
import Synchronization
import Testing

@Suite struct SingleFlightTests {
    typealias Flights = SingleFlight<String, Int>

    /// Everything that was told to waiters, in order.
    final class Log: Sendable {
        private let entries = Mutex<[String]>([])

        var all: [String] { entries.withLock { $0 } }

        func waiter(_ name: String) -> Flights.Waiter {
            { outcome in
                switch outcome {
                case .landed(let value): self.note("\(name) \(value)")
                case .abandoned: self.note("\(name) abandoned")
                }
            }
        }

        func note(_ text: String) { entries.withLock { $0.append(text) } }
    }

    /// What many threads saw.
    final class Tally: Sendable {
        struct Counts {
            var led: [Flights.FlightID] = []
            var called: [Int: Int] = [:]
            var left: Set<Int> = []
            var answered: [Int: Int] = [:]
            var values: [Int] = []
        }

        private let counts = Mutex(Counts())

        var all: Counts { counts.withLock { $0 } }
        func note(_ change: @Sendable (inout Counts) -> Void) { counts.withLock { change(&$0) } }
    }

    @Test func everyoneAboardIsAnsweredOnceInOrder() {
        let (flights, log) = (Flights(capacity: 4), Log())
        guard case .leads(let permit, _) = flights.board("a", waiter: log.waiter("one")) else {
            Issue.record("the first did not lead")
            return
        }
        for name in ["two", "three"] {
            guard case .joined = flights.board("a", waiter: log.waiter(name)) else {
                Issue.record("\(name) did not join")
                return
            }
        }
        #expect(log.all.isEmpty)
        permit.land(7)
        #expect(log.all == ["one 7", "two 7", "three 7"])
        #expect(flights.count == 0)
    }

    @Test func aDroppedPermitAbandonsAndTheNextLeads() {
        let (flights, log) = (Flights(capacity: 4), Log())
        func leadAndDrop() {
            guard case .leads = flights.board("a", waiter: log.waiter("one")) else {
                Issue.record("the first did not lead")
                return
            }
        }
        leadAndDrop()
        #expect(log.all == ["one abandoned"])
        guard case .leads(let permit, _) = flights.board("a", waiter: log.waiter("two")) else {
            Issue.record("the second did not lead")
            return
        }
        permit.land(8)
        #expect(log.all == ["one abandoned", "two 8"])
    }

    @Test func aLandedFlightStaysBoardableUntilRetired() {
        let (flights, log) = (Flights(capacity: 4), Log())
        guard case .leads(let permit, _) = flights.board("a", waiter: log.waiter("one")) else {
            Issue.record("the first did not lead")
            return
        }
        let id = permit.id
        flights.retire(id)
        #expect(flights.count == 1, "a flight under way is not retired")
        permit.land(7, staysBoardable: true)
        guard case .landed(7) = flights.board("a", waiter: log.waiter("two")) else {
            Issue.record("the value was not there")
            return
        }
        #expect(log.all == ["one 7"] && flights.count == 1)
        flights.retire(id)
        flights.retire(id)
        #expect(flights.count == 0)
        guard case .leads = flights.board("a", waiter: log.waiter("three")) else {
            Issue.record("a retired flight was boarded")
            return
        }
    }

    @Test func retiringAnOldFlightLeavesTheNewOneOfTheSameKey() {
        let (flights, log) = (Flights(capacity: 4), Log())
        guard case .leads(let first, _) = flights.board("a", waiter: log.waiter("one")) else {
            Issue.record("the first did not lead")
            return
        }
        let old = first.id
        first.land(1)
        guard case .leads(let second, _) = flights.board("a", waiter: log.waiter("two")) else {
            Issue.record("the second did not lead")
            return
        }
        second.land(2, staysBoardable: true)
        flights.retire(old)
        #expect(flights.count == 1)
    }

    @Test func whoHasLeftIsNotCalled() {
        let (flights, log) = (Flights(capacity: 4), Log())
        guard case .leads(let permit, let ticket) = flights.board("a", waiter: log.waiter("one")),
            case .joined(let other, _) = flights.board("a", waiter: log.waiter("two"))
        else {
            Issue.record("no flight")
            return
        }
        // The leader's client leaves: the others are served all the same.
        #expect(flights.leave(ticket))
        #expect(!flights.leave(ticket))
        permit.land(7)
        #expect(log.all == ["two 7"])
        #expect(!flights.leave(other))
    }

    @Test func theLastToLeaveCancelsAndFreesTheKey() {
        let (flights, log) = (Flights(capacity: 4), Log())
        guard case .leads(let permit, let first) = flights.board("a", waiter: log.waiter("one")),
            case .joined(let second, _) = flights.board("a", waiter: log.waiter("two"))
        else {
            Issue.record("no flight")
            return
        }
        permit.whenEmpty {
            log.note("cancelled")
            return true
        }
        flights.leave(first)
        #expect(log.all.isEmpty)
        flights.leave(second)
        #expect(log.all == ["cancelled"] && flights.count == 0)
        // A new flight of the key is not touched by what becomes of the old one.
        guard case .leads(let next, _) = flights.board("a", waiter: log.waiter("three")) else {
            Issue.record("the key was not free")
            return
        }
        permit.land(7, staysBoardable: true)
        #expect(log.all == ["cancelled"])
        next.land(8)
        #expect(log.all == ["cancelled", "three 8"])
    }

    @Test func workThatGoesOnMayBeJoinedStill() {
        let (flights, log) = (Flights(capacity: 4), Log())
        guard case .leads(let permit, let ticket) = flights.board("a", waiter: log.waiter("one"))
        else {
            Issue.record("no flight")
            return
        }
        flights.whenEmpty(permit.id, work: 17) {
            log.note("kept")
            return false
        }
        flights.leave(ticket)
        guard case .joined(let other, work: 17) = flights.board("a", waiter: log.waiter("two"))
        else {
            Issue.record("could not join")
            return
        }
        flights.leave(other)
        guard case .joined = flights.board("a", waiter: log.waiter("three")) else {
            Issue.record("could not join again")
            return
        }
        permit.land(7)
        #expect(log.all == ["kept", "kept", "three 7"])
    }

    @Test func whoBoardsWhileTheWorkIsBeingEndedBoardsAgain() {
        let (flights, log) = (Flights(capacity: 4), Log())
        guard case .leads(let permit, let ticket) = flights.board("a", waiter: log.waiter("one"))
        else {
            Issue.record("no flight")
            return
        }
        permit.whenEmpty {
            if case .joined = flights.board("a", waiter: log.waiter("two")) { log.note("joined") }
            return true
        }
        flights.leave(ticket)
        #expect(log.all == ["joined", "two abandoned"] && flights.count == 0)
        permit.land(7)
        #expect(log.all == ["joined", "two abandoned"])
    }

    @Test func leavingBeforeThereIsAnActionCancelsWhenThereIsOne() {
        let (flights, log) = (Flights(capacity: 4), Log())
        guard case .leads(let permit, let ticket) = flights.board("a", waiter: log.waiter("one"))
        else {
            Issue.record("no flight")
            return
        }
        flights.leave(ticket)
        #expect(flights.count == 1)
        permit.whenEmpty {
            log.note("cancelled")
            return true
        }
        #expect(log.all == ["cancelled"] && flights.count == 0)
    }

    @Test func withoutAnActionAnEmptyFlightFliesOnAndIsBoardable() {
        let (flights, log) = (Flights(capacity: 4), Log())
        guard case .leads(let permit, let ticket) = flights.board("a", waiter: log.waiter("one"))
        else {
            Issue.record("no flight")
            return
        }
        flights.leave(ticket)
        guard case .joined = flights.board("a", waiter: log.waiter("two")) else {
            Issue.record("could not join")
            return
        }
        permit.whenEmpty {
            log.note("cancelled")
            return true
        }
        permit.land(9)
        #expect(log.all == ["two 9"])
    }

    @Test func aWaiterMayBoardAgainFromItsCall() {
        let (flights, log) = (Flights(capacity: 4), Log())
        func lead() {
            let boarding = flights.board("a") { _ in
                guard case .leads(let permit, _) = flights.board("a", waiter: log.waiter("again"))
                else { return }
                permit.land(5)
            }
            guard case .leads = boarding else {
                Issue.record("did not lead")
                return
            }
        }
        lead()
        #expect(log.all == ["again 5"])
    }

    @Test func theNumberOfFlightsIsBounded() {
        let (flights, log) = (Flights(capacity: 1), Log())
        guard case .leads(let permit, _) = flights.board("a", waiter: log.waiter("one")),
            case .full = flights.board("b", waiter: log.waiter("two")),
            case .joined = flights.board("a", waiter: log.waiter("three"))
        else {
            Issue.record("the bound does not hold")
            return
        }
        permit.land(1)
        #expect(log.all == ["one 1", "three 1"])
    }

    /// From many threads: one leads, everyone hears the same value once.
    @Test func aThousandBoardersMakeOneFlight() async {
        let (flights, tally) = (Flights(capacity: 4), Tally())
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<1000 {
                group.addTask { await Self.boardAndWait(flights, tally) }
            }
        }
        #expect(tally.all.led.count == 1)
        #expect(tally.all.values == Array(repeating: 42, count: 1000))
        tally.all.led.forEach(flights.retire)
        #expect(flights.count == 0)
    }

    private static func boardAndWait(_ flights: Flights, _ tally: Tally) async {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            let boarding = flights.board("cold") { outcome in
                guard case .landed(let value) = outcome else { return }
                tally.note { $0.values.append(value) }
                done.resume()
            }
            switch consume boarding {
            case .leads(let permit, _):
                let id = permit.id
                tally.note { $0.led.append(id) }
                permit.land(42, staysBoardable: true)
            case .joined: break
            case .landed(let value):
                tally.note { $0.values.append(value) }
                done.resume()
            case .full: Issue.record("full")
            }
        }
    }

    /// Boarding, leaving and landing from many threads at once: nobody is answered twice, nobody
    /// who stayed is forgotten.
    @Test func leavingAndLandingRaceFairly() async {
        let (flights, tally) = (Flights(capacity: 64), Tally())
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<2000 {
                group.addTask { await Self.boardAndPerhapsLeave(flights, tally, number: number) }
            }
        }
        let seen = tally.all
        #expect(seen.called.values.allSatisfy { $0 == 1 })
        for number in 0..<2000 {
            let ends = [
                seen.called[number] != nil, seen.left.contains(number),
                seen.answered[number] != nil,
            ]
            #expect(ends.count { $0 } == 1)
        }
        #expect(flights.count == 0)
    }

    private static func boardAndPerhapsLeave(
        _ flights: Flights, _ tally: Tally, number: Int
    ) async {
        let boarding = flights.board("key \(number % 5)") { _ in
            tally.note { $0.called[number, default: 0] += 1 }
        }
        switch consume boarding {
        case .leads(let permit, _):
            permit.whenEmpty { true }
            await Task.yield()
            permit.land(number)
        case .joined(let ticket, _):
            if number.isMultiple(of: 3), flights.leave(ticket) {
                tally.note { _ = $0.left.insert(number) }
            }
        case .landed: tally.note { $0.answered[number] = 1 }
        case .full: Issue.record("full")
        }
    }
}
