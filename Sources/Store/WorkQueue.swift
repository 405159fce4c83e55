/// Work for one taker, a thread that blocks while there is none. Bounded by count and by cost, so
/// that a slow disk is felt by those who offer work, not by the memory.
package final class WorkQueue<Item: Sendable>: Sendable {
    private struct Waiting: Sendable {
        var items: [(item: Item, cost: Int)] = []
        var cost = 0
        var isClosed = false
        var isReady: Bool { isClosed || !items.isEmpty }
    }

    package let maximumCount: Int
    package let maximumCost: Int
    private let waiting = Monitor(Waiting())

    package init(maximumCount: Int, maximumCost: Int = .max) {
        self.maximumCount = maximumCount
        self.maximumCost = maximumCost
    }

    package enum Offer: Sendable { case accepted, full, closed }

    /// An item dearer than the bound is accepted by an empty queue only.
    ///
    /// - Parameter isBounded: `false` for what must not be refused, whose number is bounded
    /// elsewhere.
    package func offer(_ item: Item, cost: Int = 1, isBounded: Bool = true) -> Offer {
        let offer = waiting.withLock { waiting -> Offer in
            if waiting.isClosed { return .closed }
            let isFull = waiting.items.count >= maximumCount || waiting.cost > maximumCost - cost
            if isBounded, !waiting.items.isEmpty, isFull { return .full }
            waiting.items.append((item, cost))
            waiting.cost += cost
            return .accepted
        }
        waiting.signal()
        return offer
    }

    /// Takes the oldest items, up to the bounds but at least one; waits `timeoutSeconds` for the
    /// first. Empty after that time, `nil` once closed and drained.
    package func take(
        atMost maximumCount: Int, costing maximumCost: Int = .max, timeoutSeconds: Int
    ) -> [Item]? {
        waiting.wait(seconds: timeoutSeconds, until: { $0.isReady }) { waiting in
            if waiting.items.isEmpty { return waiting.isClosed ? nil : [] }
            var taken: [Item] = []
            var cost = 0
            for (item, itemCost) in waiting.items.prefix(maximumCount) {
                if !taken.isEmpty, cost > maximumCost - itemCost { break }
                taken.append(item)
                cost += itemCost
            }
            waiting.items.removeFirst(taken.count)
            waiting.cost -= cost
            return taken
        }
    }

    /// No more is accepted; what is there is still handed out.
    package func close() {
        waiting.withLock { $0.isClosed = true }
        waiting.signal()
    }
}
