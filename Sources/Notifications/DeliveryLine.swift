internal import Events
internal import JSON
internal import LinuxIO
internal import Store
internal import Synchronization
internal import Telemetry

/// One receiver's line: a thread of its own delivers what is due, so that a receiver that is slow
/// or dead holds up nobody else.
final class DeliveryLine: Sendable {
    /// Delivered before their successes are written down together.
    private static let batchCount = 16
    private static let pauseMilliseconds = 10_000

    private let name: String
    private let receiver: Receiver
    private let subscriber: Subscriber
    private let journal: any DeliveryQueue
    private let schedule: RetrySchedule
    private let courier: Courier
    private let bell: Doorbell
    private let metrics: Metrics
    private let log: EventLog
    private let isStopping = Atomic(false)
    private let stopSignal = Semaphore()
    private let ended = Semaphore()

    /// - Parameter name: how it is called in the log; an address may be a secret.
    init(
        name: String, _ receiver: Receiver, _ settings: Notifier.Settings,
        journal: any DeliveryQueue,
        metrics: Metrics, log: EventLog
    ) throws(SystemError) {
        (self.name, self.receiver, self.journal) = (name, receiver, journal)
        (self.metrics, self.log) = (metrics, log)
        subscriber = receiver.subscriber
        schedule = RetrySchedule(delays: settings.retries)
        courier = Courier(timeout: settings.timeout)
        bell = journal.makeDoorbell()
        _ = try RunningThread(name: "notify") { [self] in
            run()
            ended.signal()
        }
    }

    /// Begins no further attempt.
    func beginStopping() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        stopSignal.signal()
        bell.ring()
    }

    /// An attempt under way is cut off after that time; it is made again after the next start.
    func waitUntilStopped(milliseconds: Int) {
        if ended.wait(milliseconds: milliseconds) { return }
        courier.cancel()
        ended.wait(milliseconds: 5000)
    }

    private func run() {
        var isFailing = false
        while !isStopping.load(ordering: .sequentiallyConsistent) {
            let now = Clock.wallMicroseconds()
            let limit =
                switch receiver {
                case .webhook: Self.batchCount
                case .mail: MailRelay.maximumEventCount
                }
            let due = try? journal.due(for: subscriber.number, by: now, limit: limit)
            guard let due, !due.deliveries.isEmpty else {
                bell.wait(until: due?.next)
                continue
            }
            deliver(due.deliveries, &isFailing)
        }
    }

    private func deliver(_ deliveries: [Delivery], _ isFailing: inout Bool) {
        switch receiver {
        case .webhook(let webhook):
            var outcomes: [(Delivery, EventJournal.Outcome)] = []
            for delivery in deliveries where !isStopping.load(ordering: .relaxed) {
                let event = delivery.event
                let fields = webhook.fields(for: event, at: Clock.wallSeconds())
                let failure = attempt { () throws(Courier.Failure) in
                    try courier.post(event.payload, to: webhook.url, fields: fields)
                }
                outcomes.append((delivery, outcome(of: delivery, failure, &isFailing)))
            }
            settle(outcomes)
        case .mail(let relay):
            let message = relay.message(about: deliveries.map(\.event), at: Clock.wallSeconds())
            let failure = attempt { () throws(Courier.Failure) in
                try courier.mail(message, by: relay)
            }
            settle(deliveries.map { ($0, outcome(of: $0, failure, &isFailing)) })
        }
    }

    /// What can not be written down is delivered again, but not at once: the disk may stay full.
    private func settle(_ outcomes: [(Delivery, EventJournal.Outcome)]) {
        do throws(StoreError) { try journal.settle(outcomes) } catch {
            stopSignal.wait(milliseconds: Self.pauseMilliseconds)
        }
    }

    private func attempt(_ body: () throws(Courier.Failure) -> Void) -> Courier.Failure? {
        do throws(Courier.Failure) {
            try body()
            return nil
        } catch { return error }
    }

    private func outcome(
        of delivery: Delivery, _ failure: Courier.Failure?, _ isFailing: inout Bool
    ) -> EventJournal.Outcome {
        guard let failure else {
            metrics.count(.notificationsDelivered)
            isFailing = false
            return .delivered
        }
        // Not its failure, but ours.
        if isStopping.load(ordering: .relaxed) { return .again(at: delivery.event.time) }
        if !isFailing {
            isFailing = true
            log.log(.warning, "notification-failed") { json in
                json.field("receiver", name)
                json.field("reason", "\(failure)")
            }
        }
        let now = Clock.wallMicroseconds()
        let delay = schedule.delay(
            afterFailures: delivery.attempts + 1, lot: Double.random(in: 0..<1),
            asked: failure.pause)
        // "Gone" asks for no more attempts (Standard Webhooks, "Delivery").
        guard let delay, !failure.isGone else {
            metrics.count(.notificationsParked)
            log.log(.error, "notification-parked") { json in
                json.field("receiver", name)
                json.field("id", delivery.event.id.text)
                json.field("type", delivery.event.kind.word)
                json.field("reason", "\(failure)")
            }
            return .parked(at: now)
        }
        metrics.count(.notificationsRetried)
        return .again(at: now + delay.wholeMicroseconds)
    }
}

extension Courier.Failure {
    fileprivate var isGone: Bool {
        if case .status(410, _) = self { true } else { false }
    }

    /// What a receiver that has too much to do asks for.
    fileprivate var pause: Duration {
        switch self {
        case .status(429, let seconds), .status(503, let seconds): .seconds(seconds)
        case .status, .transport: .zero
        }
    }
}

extension Duration {
    fileprivate var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
