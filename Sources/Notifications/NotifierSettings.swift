package import Events

extension Notifier {
    /// Who is told of what happens, and how hard it is tried.
    package struct Settings: Equatable, Sendable {
        /// Each has a thread.
        package static let maximumWebhookCount = 16

        package var webhooks: [Webhook] = []
        package var email = Email()
        /// After the first failed attempt, the second …; as Standard Webhooks recommends.
        package var retries: [Duration] =
            [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400].map { .seconds($0) }
        /// Of one attempt.
        package var timeout = Duration.seconds(15)
        /// Events kept for each receiver.
        package var backlog = 100_000
        package var alarm = Alarm()

        package init() {}

        package struct Email: Equatable, Sendable {
            /// `nil`: no e-mail is sent.
            package var relay: String?
            package var from: String?
            package var to: [String] = []
            package var events: Set<EventKind> = [.imageFailed, .errorsAlarm]
            package var username: String?
            package var password: String?
            package var tls = MailRelay.TLS.wherePossible
        }

        /// So many errors within the time are an alarm.
        package struct Alarm: Equatable, Sendable {
            package var errors = 10
            package var window = Duration.seconds(60)
        }

        package var receivers: [Receiver] {
            var receivers = webhooks.map { Receiver.webhook($0) }
            if let url = email.relay, let sender = email.from {
                var relay = MailRelay(
                    url: url, sender: sender, recipients: email.to, kinds: email.events)
                (relay.username, relay.password) = (email.username, email.password)
                relay.tls = email.tls
                receivers.append(.mail(relay))
            }
            return receivers
        }

        /// What is wrong with it, and the key that has to be changed.
        package var problem: (key: String, reason: String)? {
            guard email.relay != nil, email.from == nil || email.to.isEmpty else { return nil }
            return (
                "notifications.email.relay",
                "notifications.email.from and notifications.email.to have to be given too"
            )
        }
    }
}
