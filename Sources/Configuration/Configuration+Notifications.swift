internal import Coding
internal import Events
internal import Notifications
internal import Text

extension Webhook {
    private static let keys: [UTF8String] = ["url", "secret", "events"]
    private static let secretPrefix: UTF8String = "whsec_"

    /// Reads `{ url: "https://…", secret: "whsec_…", events: ["image.ready"] }`; `place` names it
    /// in errors, which never quote the secret.
    init(_ value: JSON5Value, place: String) throws(Misfit) {
        try value.requireKeys(
            Self.keys, at: place, expected: "an object with url, secret and events")
        guard case .string(let url)? = value["url"], url.isPrintableASCII,
            ["https://", "http://"].contains(where: UTF8String(url).starts)
        else {
            throw Misfit("\(place).url", value["url"] ?? .null, expected: "an http or https URL")
        }
        guard case .string(let secret)? = value["secret"],
            let encoded = UTF8String(secret).after(Self.secretPrefix),
            let key = Base64.bytes(encoded.string),
            (24...64).contains(key.count)
        else {
            throw Misfit(
                "\(place).secret", value["secret"] ?? .null,
                expected: "\"whsec_\" and the base64 of 24 to 64 bytes")
        }
        var kinds = EventKind.forReceivers
        if let given = value["events"] {
            guard let chosen = Words.events.values(of: given), !chosen.isEmpty else {
                throw Misfit(
                    "\(place).events", given, expected: "a list of \(Words.events.list)")
            }
            kinds = chosen
        }
        self.init(url: url, key: key, kinds: Set(kinds))
    }
}

extension Words<EventKind> {
    fileprivate static let events = Words(EventKind.forReceivers, \.word)
}

extension String {
    /// 1 to 2048 visible characters.
    fileprivate var isPrintableASCII: Bool {
        (1...2048).contains(utf8.count) && utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

// The keys, and the kinds of value that only they have.
extension Configuration {
    static let notificationSettings: [Setting] = [
        .list(
            "notifications.webhooks", \.notifications.webhooks,
            atMost: Notifier.Settings.maximumWebhookCount,
            example: "[{ url: \"https://…\", secret: \"whsec_…\", events: [\"image.ready\"] }]",
            "who is told of events by HTTP"
        ) { value, place throws(Misfit) in try Webhook(value, place: place) },
        .optionalText(
            "notifications.email.relay", \.notifications.email.relay,
            "\"smtp://host:25\", \"smtps://host:465\"", "the server that takes e-mail",
            where: { ["smtp://", "smtps://"].contains(where: UTF8String($0).starts) }),
        .optionalText(
            "notifications.email.from", \.notifications.email.from, "an address", "its sender",
            where: Self.isAddress),
        Setting(
            "notifications.email.to", \.notifications.email.to, accepts: "a list of addresses",
            "who gets it", show: { _ in "[]" },
            read: { text throws(JSON5Reader.Failure) in
                .array(Setting.texts(in: text))
            },
            convert: { value in
                guard case .array(let elements) = value, elements.count <= 32 else { return nil }
                var addresses: [String] = []
                for element in elements {
                    guard case .string(let text) = element, isAddress(text) else { return nil }
                    addresses.append(text)
                }
                return addresses
            }),
        .choices(
            "notifications.email.events", \.notifications.email.events, .events,
            "what it is about"),
        .optionalText(
            "notifications.email.username", \.notifications.email.username, "a name",
            "for the relay"),
        .optionalText(
            "notifications.email.password", \.notifications.email.password, "a password",
            "for the relay"),
        .choice(
            "notifications.email.tls", \.notifications.email.tls,
            ["auto": .wherePossible, "require": .always, "off": .never],
            "auto: where the relay offers STARTTLS"),
        Setting(
            "notifications.retrySeconds", \.notifications.retries,
            accepts: "a list of at most 20 numbers of seconds from 0.1 to 604800",
            "after each failed attempt; then an event is parked",
            show: { "[\($0.map { "\($0.components.seconds)" }.joined(separator: ", "))]" },
            read: { text throws(JSON5Reader.Failure) in
                try JSON5Reader.parse(Array("[\(text)]".utf8))
            },
            convert: { value in
                guard case .array(let elements) = value, elements.count <= 20 else { return nil }
                var delays: [Duration] = []
                for element in elements {
                    let seconds: Double
                    switch element {
                    case .integer(let number): seconds = Double(number)
                    case .real(let number): seconds = number
                    default: return nil
                    }
                    guard 0.1...604_800 ~= seconds else { return nil }
                    delays.append(.seconds(seconds))
                }
                return delays
            }),
        .seconds("notifications.timeoutSeconds", \.notifications.timeout, "of one attempt"),
        .number(
            "notifications.backlog", \.notifications.backlog, 1...10_000_000,
            "events kept for each receiver"),
        .number(
            "notifications.alarm.errors", \.notifications.alarm.errors, 1...1_000_000_000,
            "5xx, crashed workers, broken bytes …"),
        .seconds(
            "notifications.alarm.windowSeconds", \.notifications.alarm.window,
            "… within which they are an alarm"),
    ]

    private static func isAddress(_ text: String) -> Bool {
        let parts = text.fields(separatedBy: "@", keepsEmpty: true)
        return parts.count == 2 && text.utf8.count <= 254
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy { (0x21...0x7E).contains($0) }
                    && !part.utf8.contains { "<>,;:\"()[]\\".utf8.contains($0) }
            }
    }

    /// What no key says by itself.
    func checkNotifications() throws(ConfigurationError) {
        guard let (key, reason) = notifications.problem else { return }
        throw .invalidValue(key: key, source: "configuration", reason: reason)
    }
}
