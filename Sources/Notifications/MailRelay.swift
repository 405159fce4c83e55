internal import Coding
package import Events
internal import HTTP
internal import JSON
internal import Text

/// A server that takes e-mail and sees to the rest (RFC 5321).
package struct MailRelay: Sendable {
    package enum TLS: Equatable, Sendable { case never, wherePossible, always }

    /// `smtp://host:port` or `smtps://host:port`.
    package let url: String
    package let sender: String
    package let recipients: [String]
    package let kinds: Set<EventKind>
    package var username: String?
    package var password: String?
    package var tls = TLS.wherePossible

    package init(url: String, sender: String, recipients: [String], kinds: Set<EventKind>) {
        (self.url, self.sender, self.recipients) = (url, sender, recipients)
        self.kinds = kinds
    }

    /// Events that share a message.
    static let maximumEventCount = 50

    /// One message about some events (RFC 5322), the oldest first.
    ///
    /// - Parameter seconds: since 1970.
    func message(about events: [Event], at seconds: Int64) -> [UInt8] {
        guard let first = events.first else { preconditionFailure("a message about nothing") }
        let domain = sender.fields(separatedBy: "@").last ?? "localhost"
        let subject = events.count == 1 ? first.kind.word : "\(events.count) events"
        let head = [
            "From: \(sender)", "To: \(recipients.joined(separator: ", "))",
            "Subject: Pollex: \(subject)", "Date: \(Self.date(seconds))",
            // The same for every attempt at the same events.
            "Message-ID: <\(first.id.text)@\(domain)>", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
            "Auto-Submitted: auto-generated",
        ]
        let text = events.map { "\($0.kind.word) \($0.id.text)\n\(Self.lines(of: $0))\n" }
        // Short lines of ASCII, whatever names are in it.
        let digits = Base64.text(text.joined(separator: "\n").utf8, .standard)
        let content = stride(from: 0, to: digits.count, by: 76).map { start in
            String(decoding: digits[start...].prefix(76), as: UTF8.self)
        }
        return Array((head + [""] + content + [""]).joined(separator: "\r\n").utf8)
    }

    /// The event's words, one to a line.
    private static func lines(of event: Event) -> String {
        let payload = try? JSONValue(event.payload)
        guard case .object(let data)? = payload?["data"]
        else { return String(decoding: event.payload, as: UTF8.self) }
        let time = payload?["timestamp"].map { ["  time: \($0.shown)"] } ?? []
        let members = data.sorted { $0.name < $1.name }
        return (time + members.map { "  \($0.name): \($0.value.shown)" }).joined(separator: "\n")
    }

    /// `Fri, 21 Nov 2025 02:45:36 +0000`.
    private static func date(_ seconds: Int64) -> String {
        let text = HTTPDate(secondsSince1970: seconds).text
        let digits = text.indices.map { text[$0] }.dropLast("GMT".utf8.count)
        return String(decoding: digits, as: UTF8.self) + "+0000"
    }
}
