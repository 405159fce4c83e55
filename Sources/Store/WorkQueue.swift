internal import LinuxIO
internal import Synchronization

/// Work for one taker, a thread that blocks while there is none. Bounded by count and by cost, so that a
/// slow disk is felt by those who offer work, not by the memory.
package final class WorkQueue<Item: Sendable>: Sendable {
    private struct Waiting {
        var items: [(item: Item, cost: Int)] = []
        var cost = 0
        var isClosed = false
    }

    package let maximumCount: Int
    package let maximumCost: Int
    private let waiting = Mutex(Waiting())
    /// Signalled each time the queue stops being empty, and by `wake`.
    private let arrivals = Semaphore()

    package init(maximumCount: Int, maximumCost: Int = .max) {
        self.maximumCount = maximumCount
        self.maximumCost = maximumCost
    }

    package enum Offer: Sendable { case accepted, full, closed }

    /// An item dearer than the bound is accepted by an empty queue only.
    ///
    /// - Parameter isBounded: `false` for what must not be refused, whose number is bounded elsewhere.
    package func offer(_ item: Item, cost: Int = 1, isBounded: Bool = true) -> Offer {
        let (offer, wasEmpty) = waiting.withLock { waiting -> (Offer, Bool) in
            if waiting.isClosed { return (.closed, false) }
            let wasEmpty = waiting.items.isEmpty
            let isFull = waiting.items.count >= maximumCount || waiting.cost > maximumCost - cost
            if isBounded, !wasEmpty, isFull { return (.full, false) }
            waiting.items.append((item, cost))
            waiting.cost += cost
            return (.accepted, wasEmpty)
        }
        if wasEmpty { wake() }
        return offer
    }

    /// Lets the taker return with nothing, so that it looks at what else it has to do.
    package func wake() { arrivals.signal() }

    /// Takes the oldest items, up to the bounds but at least one; waits `timeoutSeconds` for the
    /// first. Empty after the timeout or a `wake`. `nil` once closed and drained.
    package func take(
        atMost maximumCount: Int, costing maximumCost: Int = .max, timeoutSeconds: Int
    ) -> [Item]? {
        if let taken = takeNow(maximumCount, maximumCost), !taken.isEmpty { return taken }
        if isClosed { return takeNow(maximumCount, maximumCost) }
        if timeoutSeconds > 0 { arrivals.wait(seconds: timeoutSeconds) }
        return takeNow(maximumCount, maximumCost)
    }

    /// No more is accepted; what is there is still handed out.
    package func close() {
        waiting.withLock { $0.isClosed = true }
        wake()
    }

    package var isClosed: Bool { waiting.withLock { $0.isClosed } }

    package var count: Int { waiting.withLock { $0.items.count } }

    private func takeNow(_ maximumCount: Int, _ maximumCost: Int) -> [Item]? {
        waiting.withLock { waiting in
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
}
