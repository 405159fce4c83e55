internal import LinuxIO
package import Store
internal import Synchronization

/// The events that are still to be told, by subscriber, in the store of what they tell of.
///
/// What holds: an event is written by the transaction that makes it true, once for each subscriber
/// that wants it, and stays until that one has said that it has it: at least once, never lost by a
/// crash. A subscriber never has more than `capacity`; at the bound what was parked longest makes
/// way, and where nothing is parked the new event is not kept for it, and counted.
package final class EventJournal: Sendable {
    package static let tableNames = ["deliveries", "backlogs"]

    package struct Backlog: Equatable, Sendable {
        package var waiting = 0
        package var parked = 0
        package var count: Int { waiting + parked }
        package init(waiting: Int = 0, parked: Int = 0) {
            (self.waiting, self.parked) = (waiting, parked)
        }
    }

    private let store: Store
    private let committer: GroupCommitter
    private let subscribers: [Subscriber]
    private let capacity: Int
    /// See `Delivery`.
    private let deliveries: Database
    /// Subscriber to how many wait and are parked, 8 bytes each.
    private let backlogs: Database
    private let dropped = Atomic<UInt64>(0)
    private let bells = Mutex<[Doorbell]>([])
    /// Deliveries for those who are no subscribers any more, deleted at the start.
    package let forgottenCount: Int

    /// - Parameters:
    ///   - store: opened with `tableNames`.
    ///   - forgetsOthers: what belongs to no subscriber is deleted.
    package init(
        _ store: Store, _ committer: GroupCommitter, subscribers: [Subscriber], capacity: Int,
        forgetsOthers: Bool = true
    ) throws(StoreError) {
        (self.store, self.committer) = (store, committer)
        (self.subscribers, self.capacity) = (subscribers, capacity)
        deliveries = store.database("deliveries")
        backlogs = store.database("backlogs")
        forgottenCount =
            try forgetsOthers
            ? Self.forget(allBut: subscribers, in: [deliveries, backlogs], of: store) : 0
    }

    /// Events that found no room, since the start.
    package var droppedCount: UInt64 { dropped.load(ordering: .relaxed) }

    // MARK: Writing

    /// Makes an event of this kind a part of the transaction, if anybody wants to be told of it.
    /// `announce` is due after the commit.
    package func append(
        _ kind: EventKind, in transaction: borrowing WriteTransaction,
        _ make: (EventKind) -> Event
    ) throws(StoreError) {
        let interested = subscribers.filter { $0.kinds.contains(kind) }
        if interested.isEmpty { return }
        let event = make(kind)
        for subscriber in interested {
            var backlog = try backlog(of: subscriber.number, in: transaction)
            if backlog.count >= capacity {
                guard try dropParked(of: subscriber.number, &backlog, in: transaction) else {
                    dropped.wrappingAdd(1, ordering: .relaxed)
                    continue
                }
            }
            let delivery = Delivery(event, for: subscriber.number, due: .init(at: event.time))
            try transaction.put(delivery.value, for: delivery.key, in: deliveries)
            backlog.waiting += 1
            try set(backlog, of: subscriber.number, in: transaction)
        }
    }

    /// Wakes those who deliver.
    package func announce() {
        for bell in bells.withLock({ $0 }) { bell.ring() }
    }

    /// Rung when there is something new; one for each who delivers.
    package func makeDoorbell() -> Doorbell {
        let bell = Doorbell()
        bells.withLock { $0.append(bell) }
        return bell
    }

    /// An event of its own, which no other change makes true. Returns when it is durable.
    package func record(_ event: Event) throws(StoreError) {
        try wait { [self] transaction throws(StoreError) in
            try append(event.kind, in: transaction) { _ in event }
        }
        announce()
    }

    /// What became of an attempt.
    package enum Outcome: Equatable, Sendable {
        case delivered
        /// At that time, in microseconds since 1970.
        case again(at: Int64)
        /// Not again by itself.
        case parked(at: Int64)
    }

    /// Returns when it is durable, or can not be: then all of them are due still.
    package func settle(_ attempts: [(Delivery, Outcome)]) throws(StoreError) {
        try wait { [self] transaction throws(StoreError) in
            for (delivery, outcome) in attempts { try settle(delivery, outcome, in: transaction) }
        }
    }

    /// For threads that may wait: by way of the committer, whose flush it shares with others.
    private func wait(
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> Void
    ) throws(StoreError) {
        let done = Semaphore()
        let box = ResultBox()
        committer.submit(body) { outcome in
            box.value.withLock { $0 = outcome }
            done.signal()
        }
        done.wait()
        try box.value.withLock { $0 }?.get()
    }

    private final class ResultBox: Sendable {
        let value = Mutex<Result<Void, StoreError>?>(nil)
    }

    private func settle(
        _ delivery: Delivery, _ outcome: Outcome, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        // Gone meanwhile: it made way for a newer one.
        guard try transaction.delete(delivery.key.span, in: deliveries) else { return }
        var backlog = try backlog(of: delivery.subscriber, in: transaction)
        backlog.waiting -= 1
        let due: Delivery.Due? =
            switch outcome {
            case .delivered: nil
            case .again(let time): .init(at: time)
            case .parked(let time): .parked(at: time)
            }
        if let due {
            let next = Delivery(
                delivery.event, for: delivery.subscriber, attempts: delivery.attempts + 1, due: due)
            try transaction.put(next.value, for: next.key, in: deliveries)
            if due.time == nil { backlog.parked += 1 } else { backlog.waiting += 1 }
        }
        try set(backlog, of: delivery.subscriber, in: transaction)
    }

    /// Tries what is parked again from now on, as if it had never been tried; how many those are.
    package func retryParked(at time: Int64) async throws(StoreError) -> Int {
        var sum = 0
        while true {
            let count = try await retrySomeParked(at: time)
            if count == 0 { return sum }
            sum += count
            announce()
        }
    }

    /// Not all at once: others wait for the transaction.
    private func retrySomeParked(at time: Int64) async throws(StoreError) -> Int {
        try await committer.commit { [self] transaction throws(StoreError) -> Int in
            var count = 0
            for subscriber in subscribers {
                var backlog = try backlog(of: subscriber.number, in: transaction)
                while count < 1000,
                    let parked = try oldestParked(of: subscriber.number, in: transaction)
                {
                    try transaction.delete(parked.key.span, in: deliveries)
                    let next = Delivery(
                        parked.event, for: parked.subscriber, due: .init(at: time))
                    try transaction.put(next.value, for: next.key, in: deliveries)
                    backlog.parked -= 1
                    backlog.waiting += 1
                    count += 1
                }
                try set(backlog, of: subscriber.number, in: transaction)
            }
            return count
        }
    }

    // MARK: Reading

    /// What is to be delivered by now, the longest due first, and when the next one is.
    package func due(
        for subscriber: UInt64, by time: Int64, limit: Int
    ) throws(StoreError) -> (deliveries: [Delivery], next: Int64?) {
        try store.read { snapshot throws(StoreError) in
            var found: [Delivery] = []
            var next: Int64?
            let start = ScanStart.atOrAfter(Delivery.bytes(of: subscriber))
            try snapshot.scan(deliveries, from: start) { key, value throws(StoreError) in
                guard let delivery = Delivery(key: key, value: value) else {
                    throw .damagedRecord
                }
                guard delivery.subscriber == subscriber, let due = delivery.due.time else {
                    return .stop
                }
                guard due <= time, found.count < limit else {
                    next = due
                    return .stop
                }
                found.append(delivery)
                return .next
            }
            return (found, next)
        }
    }

    /// Of all of them together; `nil`: of whoever there is.
    package func backlog(of some: [Subscriber]? = nil) throws(StoreError) -> Backlog {
        try store.read { snapshot throws(StoreError) in
            var sum = Backlog()
            for subscriber in some ?? subscribers {
                let key = Delivery.bytes(of: subscriber.number)
                let backlog = Backlog(try snapshot.copy(for: key.span, in: backlogs))
                sum.waiting += backlog.waiting
                sum.parked += backlog.parked
            }
            return sum
        }
    }

    // MARK: Parts

    private func backlog(
        of subscriber: UInt64, in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> Backlog {
        Backlog(try transaction.copy(for: Delivery.bytes(of: subscriber).span, in: backlogs))
    }

    private func set(
        _ backlog: Backlog, of subscriber: UInt64, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        try transaction.put(backlog.encoded, for: Delivery.bytes(of: subscriber), in: backlogs)
    }

    /// `false`: there was none.
    private func dropParked(
        of subscriber: UInt64, _ backlog: inout Backlog,
        in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> Bool {
        guard let oldest = try oldestParked(of: subscriber, in: transaction) else { return false }
        try transaction.delete(oldest.key.span, in: deliveries)
        backlog.parked -= 1
        return true
    }

    private func oldestParked(
        of subscriber: UInt64, in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> Delivery? {
        let start =
            Delivery.bytes(of: subscriber)
            + Delivery.bytes(of: Delivery.Due.firstParked.rawValue)
        var found: Delivery?
        try transaction.scan(deliveries, from: .atOrAfter(start)) { key, value throws(StoreError) in
            guard let delivery = Delivery(key: key, value: value) else { throw .damagedRecord }
            if delivery.subscriber == subscriber { found = delivery }
            return .stop
        }
        return found
    }

    /// In one transaction: the capacity bounds what there can be.
    private static func forget(
        allBut subscribers: [Subscriber], in tables: [Database], of store: Store
    ) throws(StoreError) -> Int {
        let known = Set(subscribers.map(\.number))
        return try store.write { transaction throws(StoreError) in
            var count = 0
            for table in tables {
                var strange: [[UInt8]] = []
                try transaction.scan(table, from: .first) { key, _ throws(StoreError) in
                    if key.count < 8 || !known.contains(Delivery.number(in: key, at: 0)) {
                        strange.append(key.indices.map { key[$0] })
                    }
                    return .next
                }
                for key in strange { try transaction.delete(key.span, in: table) }
                count += strange.count { $0.count == Delivery.keyByteCount }
            }
            return count
        }
    }
}

extension EventJournal.Backlog {
    fileprivate init(_ record: [UInt8]?) {
        guard let record, record.count == 16 else { return }
        waiting = Int(clamping: Delivery.number(in: record.span, at: 0))
        parked = Int(clamping: Delivery.number(in: record.span, at: 8))
    }

    fileprivate var encoded: [UInt8] {
        Delivery.bytes(of: UInt64(clamping: waiting)) + Delivery.bytes(of: UInt64(clamping: parked))
    }
}
