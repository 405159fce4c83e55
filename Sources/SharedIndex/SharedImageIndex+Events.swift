package import Events
package import ImageIndex
internal import Store

extension SharedImageIndex {
    /// What is still to be told, by whichever edge.
    package var deliveries: any DeliveryQueue {
        SharedDeliveries(outbox: outbox, journal: local.events)
    }

    package func retryParked(at microseconds: Int64) async throws(ImageIndexError) -> Int {
        do throws(StoreError) {
            let count = try await waiting { _ throws(StoreError) in
                try outbox.retryParked(at: microseconds, of: local.subscribers)
            }
            local.events.announce()
            return count
        } catch { throw ImageIndexError(error) }
    }
}

/// The outbox, for those who deliver. Events come into it by the index's own journal, with the
/// changes that they tell of.
private struct SharedDeliveries: DeliveryQueue {
    let outbox: Outbox
    let journal: EventJournal

    var droppedCount: UInt64 { outbox.droppedCount }
    /// Who is not told of anything here may be by another edge.
    var forgottenCount: Int { 0 }

    func makeDoorbell() -> Doorbell { journal.makeDoorbell() }
    func record(_ event: Event) throws(StoreError) { try journal.record(event) }

    func due(
        for subscriber: UInt64, by time: Int64, limit: Int
    ) throws(StoreError) -> (deliveries: [Delivery], next: Int64?) {
        try outbox.claim(for: subscriber, by: time, limit: limit)
    }

    func settle(_ attempts: [(Delivery, EventJournal.Outcome)]) throws(StoreError) {
        try outbox.settle(attempts)
    }

    func backlog(of some: [Subscriber]?) throws(StoreError) -> EventJournal.Backlog {
        outbox.backlog(of: some)
    }
}
