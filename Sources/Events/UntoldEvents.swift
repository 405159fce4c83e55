package import Store

/// An event on its way to one subscriber, as those keep it who deliver for several edges.
package struct UntoldEvent: Equatable, Sendable {
    package let subscriber: UInt64
    package let id: [UInt8]
    /// Microseconds since 1970.
    package let due: Int64
    package let value: [UInt8]
    package let isParked: Bool
}

/// The events of a transaction that is not committed yet, for who keeps them elsewhere: of an index
/// that several edges share nothing stays here to be told.
package struct UntoldEvents: Sendable {
    private let deliveries: Database
    private let backlogs: Database

    /// - Parameter store: opened with the tables of `EventJournal`.
    package init(_ store: Store) {
        deliveries = store.database("deliveries")
        backlogs = store.database("backlogs")
    }

    /// `nil` in a store that is only read and has had none.
    package init?(ifThereIn store: Store) {
        guard let deliveries = store.database(ifThere: "deliveries"),
            let backlogs = store.database(ifThere: "backlogs")
        else { return nil }
        (self.deliveries, self.backlogs) = (deliveries, backlogs)
    }

    package func takeAll(
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> [UntoldEvent] {
        guard try transaction.count(of: deliveries) > 0 else { return [] }
        let found = try all(in: transaction)
        try transaction.empty(deliveries)
        try transaction.empty(backlogs)
        return found
    }

    package func all(
        in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> [UntoldEvent] {
        var found: [UntoldEvent] = []
        try transaction.scan(deliveries, from: .first) { key, value throws(StoreError) in
            guard let delivery = Delivery(key: key, value: value) else { throw .damagedRecord }
            found.append(delivery.untold)
            return .next
        }
        return found
    }
}

extension Delivery {
    var untold: UntoldEvent {
        UntoldEvent(
            subscriber: subscriber, id: event.id.bytes,
            due: Int64(due.rawValue & UInt64(Int64.max)), value: value, isParked: due.time == nil)
    }

    /// As it was kept elsewhere; `nil` when it is none.
    package init?(subscriber: UInt64, id: [UInt8], due: Int64, value: [UInt8]) {
        let key = Self.bytes(of: subscriber) + Self.bytes(of: UInt64(clamping: due)) + id
        guard let delivery = unsafe Self(key: key.span, value: value.span.bytes) else { return nil }
        self = delivery
    }
}

extension Delivery {
    /// In `value`.
    package static let attemptsPlace = 2

    /// What is kept of it after an attempt, and until when it waits; nothing when it is delivered.
    package func settled(
        _ outcome: EventJournal.Outcome
    ) -> (value: [UInt8]?, due: Int64, isParked: Bool) {
        var next = value
        next[Self.attemptsPlace] = UInt8(clamping: attempts + 1)
        return switch outcome {
        case .delivered: (nil, 0, false)
        case .again(let time): (next, time, false)
        case .parked(let time): (next, time, true)
        }
    }
}

extension EventID {
    package var bytes: [UInt8] { Delivery.bytes(of: high) + Delivery.bytes(of: low) }
}
