package import Store

/// What is still to be told to subscribers, for those who deliver it: on this machine
/// (`EventJournal`), or where several edges deliver together.
package protocol DeliveryQueue: Sendable {
    /// Events that found no room, since the start.
    var droppedCount: UInt64 { get }
    /// Deliveries for those who are no subscribers any more, deleted at the start.
    var forgottenCount: Int { get }

    /// Rung when there is something new; one for each who delivers.
    func makeDoorbell() -> Doorbell

    /// An event of its own, which no other change makes true. Returns when it is durable.
    func record(_ event: Event) throws(StoreError)

    /// What is to be delivered by now, the longest due first, and when the next one is. It is in
    /// the hand of who asks until it is settled.
    func due(
        for subscriber: UInt64, by time: Int64, limit: Int
    ) throws(StoreError) -> (deliveries: [Delivery], next: Int64?)

    /// Returns when it is durable, or can not be: then all of them are due still.
    func settle(_ attempts: [(Delivery, EventJournal.Outcome)]) throws(StoreError)

    /// Of all of them together; `nil`: of whoever there is.
    func backlog(of subscribers: [Subscriber]?) throws(StoreError) -> EventJournal.Backlog
}

extension EventJournal: DeliveryQueue {}
