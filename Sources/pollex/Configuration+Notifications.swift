internal import Configuration
internal import Events
internal import Notifications

extension Configuration {
    /// Who is told of events.
    var receivers: [Receiver] {
        var receivers = notifications.webhooks.map { webhook in
            Receiver.webhook(
                Webhook(url: webhook.url, key: webhook.key, kinds: webhook.events.kinds))
        }
        let email = notifications.email
        if let url = email.relay, let sender = email.from {
            var relay = MailRelay(
                url: url, sender: sender, recipients: email.to, kinds: email.events.kinds)
            (relay.username, relay.password) = (email.username, email.password)
            relay.tls =
                switch email.tls {
                case .auto: .wherePossible
                case .require: .always
                case .off: .never
                }
            receivers.append(.mail(relay))
        }
        return receivers
    }

    var notifierSettings: Notifier.Settings {
        let alarm = notifications.alarm
        return Notifier.Settings(
            receivers: receivers, schedule: RetrySchedule(delays: notifications.retries),
            timeout: notifications.timeout,
            alarm: ErrorAlarm(threshold: alarm.errors, window: alarm.window))
    }
}

extension [NotificationSettings.Event] {
    fileprivate var kinds: Set<EventKind> { Set(compactMap { EventKind(word: $0.rawValue) }) }
}
