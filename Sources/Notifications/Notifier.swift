package import Events
internal import JSON
package import LinuxIO
internal import Store
internal import Synchronization
package import Telemetry

/// Who is told of events.
package enum Receiver: Sendable {
    case webhook(Webhook)
    case mail(MailRelay)

    package var subscriber: Subscriber {
        switch self {
        case .webhook(let webhook): Subscriber(address: webhook.url, kinds: webhook.kinds)
        case .mail(let relay):
            Subscriber(
                address: ([relay.url] + relay.recipients).joined(separator: " "),
                kinds: relay.kinds)
        }
    }
}

/// Brings what the journal keeps to those who want it, and watches the errors that are worth an
/// alarm.
package final class Notifier: Sendable {
    private let journal: any DeliveryQueue
    private let metrics: Metrics
    private let lines: [DeliveryLine]
    private let stopping = Semaphore()
    private let ended = Semaphore()

    /// - Parameter journal: opened with the receivers' subscribers.
    package init(
        _ settings: Settings, journal: any DeliveryQueue, metrics: Metrics, log: EventLog
    ) throws(SystemError) {
        (self.journal, self.metrics) = (journal, metrics)
        var lines: [DeliveryLine] = []
        for (index, receiver) in settings.receivers.enumerated() {
            let name =
                switch receiver {
                case .webhook: "webhook \(index)"
                case .mail: "email"
                }
            lines.append(
                try DeliveryLine(
                    name: name, receiver, settings, journal: journal, metrics: metrics, log: log))
        }
        self.lines = lines
        if journal.forgottenCount > 0 {
            log.log(.warning, "notifications-forgotten") { json in
                json.field("count", journal.forgottenCount)
                json.field("reason", "their receivers are not configured any more")
            }
        }
        guard !lines.isEmpty else {
            ended.signal()
            return
        }
        _ = try RunningThread(name: "alarm") { [self] in
            watchErrors(ErrorAlarm(threshold: settings.alarm.errors, window: settings.alarm.window))
            ended.signal()
        }
    }

    /// Before a scrape.
    package func refreshGauges() {
        metrics.set(.notificationsDropped, total: journal.droppedCount)
        guard let backlog = try? journal.backlog(of: nil) else { return }
        metrics.set(.notificationsWaiting, backlog.waiting)
        metrics.set(.notificationsParkedNow, backlog.parked)
    }

    package func beginStopping() {
        for line in lines { line.beginStopping() }
        stopping.signal()
    }

    /// What is under way has that time; it is durable, so there is no loss in cutting it off.
    package func waitUntilStopped(milliseconds: Int) {
        for line in lines { line.waitUntilStopped(milliseconds: milliseconds) }
        ended.wait(milliseconds: 5000)
    }

    private func watchErrors(_ alarm: ErrorAlarm) {
        var alarm = alarm
        /// Where it can not be kept, the disk is full or failing: it is told when that is over.
        var untold: Event?
        let interval = Int(alarm.interval.wholeMilliseconds)
        repeat {
            if let event = untold, keeps(event) { untold = nil }
            let errors = metrics.errors
            guard let count = alarm.observe(errors.sum, at: Clock.monotonic()) else { continue }
            let event = Event(.errorsAlarm, at: Clock.wallMicroseconds()) { json in
                json.field("count", count)
                json.field("seconds", Int(alarm.windowSeconds))
                json.field("serverErrors", errors.answers)
                json.field("workerCrashes", errors.crashes)
                json.field("integrityFailures", errors.integrity)
            }
            if !keeps(event) { untold = event }
        } while !stopping.wait(milliseconds: interval)
    }

    private func keeps(_ event: Event) -> Bool {
        do throws(StoreError) {
            try journal.record(event)
            return true
        } catch { return false }
    }
}
