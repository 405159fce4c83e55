internal import Synchronization

/// Joins concurrent misses of one key to the flight that is already under way.
///
/// A flight begins with the first who boards, who also gets the permit to land it. Everyone aboard
/// is answered once: with the value when it lands, or with `.abandoned` when the permit is dropped,
/// and then they may board again, and one of them leads. A landed flight may stay boardable until
/// it is retired, so that between the answer and the cache's commit there is no gap in which the
/// work would begin again. A waiter may leave; when the last has left, the flight's `whenEmpty`
/// action decides: the work ends and the key is free for a new flight, or it goes on and may be
/// joined still.
///
/// Waiters and actions run outside the lock, on the thread that made them due. The number of
/// flights is bounded; the number of waiters is that of the requests which wait.
package final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    package typealias Waiter = @Sendable (Outcome) -> Void

    package enum Outcome: Sendable {
        case landed(Value)
        /// Whoever led is gone without a value: board again.
        case abandoned
    }

    package enum Boarding: ~Copyable {
        /// Nobody is at it: do the work, then land it. The waiter is called as any other.
        case leads(Permit, Ticket)
        /// With the number that the leader gave the work, once it has.
        case joined(Ticket, work: UInt64?)
        /// The value is there already; the waiter is not called.
        case landed(Value)
        /// Too many flights. The waiter is not called.
        case full
    }

    /// A place aboard, to leave with.
    package struct Ticket: Hashable, Sendable {
        fileprivate let flight: FlightID
        fileprivate let waiter: UInt64
    }

    /// One flight; its key may fly again under another.
    package struct FlightID: Hashable, Sendable {
        package let key: Key
        fileprivate let number: UInt64
    }

    private struct Flight {
        let number: UInt64
        var waiters: [UInt64: Waiter] = [:]
        var value: Value?
        var work: UInt64?
        var whenEmpty: (@Sendable () -> Bool)?
    }

    private enum Place {
        case led(Ticket), joined(Ticket, UInt64?), landed(Value), full
    }

    private struct State {
        var flights: [Key: Flight] = [:]
        var lastNumber: UInt64 = 0

        mutating func number() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }

        /// Takes the flight out, unless it is over or another one has its key.
        mutating func remove(_ id: FlightID) -> Flight? {
            guard let flight = flights[id.key], flight.number == id.number else { return nil }
            flights[id.key] = nil
            return flight
        }
    }

    private let capacity: Int
    private let state = Mutex(State())

    package init(capacity: Int) {
        precondition(capacity > 0, "no flight could ever begin")
        self.capacity = capacity
    }

    /// Flights under way or landed and not retired.
    package var count: Int { state.withLock { $0.flights.count } }

    /// `waiter` runs once unless it leaves before, on the thread that ends the flight.
    package func board(_ key: Key, waiter: @escaping Waiter) -> Boarding {
        let found: Place = state.withLock { state in
            if let value = state.flights[key]?.value { return .landed(value) }
            let known = state.flights[key]?.number
            guard known != nil || state.flights.count < capacity else { return .full }
            let number = known ?? state.number()
            let place = state.number()
            state.flights[key, default: Flight(number: number)].waiters[place] = waiter
            let ticket = Ticket(flight: FlightID(key: key, number: number), waiter: place)
            return known == nil ? .led(ticket) : .joined(ticket, state.flights[key]?.work)
        }
        return switch found {
        case .led(let ticket): .leads(Permit(flights: self, id: ticket.flight), ticket)
        case .joined(let ticket, let work): .joined(ticket, work: work)
        case .landed(let value): .landed(value)
        case .full: .full
        }
    }

    /// True: the waiter will not be called. False: it has been, or is just being called.
    @discardableResult
    package func leave(_ ticket: Ticket) -> Bool {
        let id = ticket.flight
        let (left, action) = state.withLock { state -> (Bool, (@Sendable () -> Bool)?) in
            guard var flight = state.flights[id.key], flight.number == id.number,
                flight.waiters.removeValue(forKey: ticket.waiter) != nil
            else { return (false, nil) }
            state.flights[id.key] = flight
            return (true, flight.waiters.isEmpty ? flight.whenEmpty : nil)
        }
        if let action, action() { finish(id, .abandoning) }
        return left
    }

    /// Ends the boarding of a landed flight: from here on the cache answers.
    package func retire(_ id: FlightID) {
        state.withLock { state in
            guard state.flights[id.key]?.value != nil else { return }
            _ = state.remove(id)
        }
    }

    /// `action` runs whenever the last waiter has left before the landing, at once when that is so
    /// already. `true` says that it has ended the work: then the key is free, landing after that
    /// answers nobody, and who boarded meanwhile is told that the flight is abandoned. `work` names
    /// the work to those who join.
    package func whenEmpty(
        _ id: FlightID, work: UInt64? = nil, _ action: @escaping @Sendable () -> Bool
    ) {
        let isEmpty = state.withLock { state in
            guard let flight = state.flights[id.key], flight.number == id.number
            else { return false }
            state.flights[id.key]?.work = work
            state.flights[id.key]?.whenEmpty = action
            return flight.waiters.isEmpty
        }
        if isEmpty, action() { finish(id, .abandoning) }
    }

    fileprivate func finish(_ id: FlightID, _ ending: Permit.Ending) {
        let waiters = state.withLock { state -> [UInt64: Waiter] in
            guard case .landing(let value, staysBoardable: true) = ending else {
                return state.remove(id)?.waiters ?? [:]
            }
            guard let flight = state.flights[id.key], flight.number == id.number else { return [:] }
            state.flights[id.key] = Flight(number: id.number, value: value)
            return flight.waiters
        }
        // In the order they boarded.
        for (_, waiter) in waiters.sorted(by: { $0.key < $1.key }) { waiter(ending.outcome) }
    }

    /// The duty to end one flight. Dropping it abandons the flight, so that nobody waits for ever.
    package struct Permit: ~Copyable, Sendable {
        fileprivate enum Ending: Sendable {
            case landing(Value, staysBoardable: Bool)
            case abandoning

            var outcome: Outcome {
                switch self {
                case .landing(let value, _): .landed(value)
                case .abandoning: .abandoned
                }
            }
        }

        private let flights: SingleFlight
        package let id: FlightID
        private var ending = Ending.abandoning

        fileprivate init(flights: SingleFlight, id: FlightID) {
            (self.flights, self.id) = (flights, id)
        }

        /// As `SingleFlight.whenEmpty`, of this flight.
        package func whenEmpty(_ action: @escaping @Sendable () -> Bool) {
            flights.whenEmpty(id, action)
        }

        /// Answers everyone aboard. With `staysBoardable` the flight answers later boarders at
        /// once, until `retire(id)`.
        package consuming func land(_ value: Value, staysBoardable: Bool = false) {
            // Not `discard self`: the compiler refuses that while a field needs destroying.
            ending = .landing(value, staysBoardable: staysBoardable)
        }

        deinit { flights.finish(id, ending) }
    }
}
