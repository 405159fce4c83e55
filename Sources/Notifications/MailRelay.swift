package import Events
internal import Foundation
internal import Text

/// A server that takes e-mail and sees to the rest (RFC 5321).
package struct MailRelay: Sendable {
    package enum TLS: Sendable { case never, wherePossible, always }

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
    func message(about events: [Event], at date: Date) -> [UInt8] {
        guard let first = events.first else { preconditionFailure("a message about nothing") }
        let domain = sender.fields(separatedBy: "@").last ?? "localhost"
        let subject = events.count == 1 ? first.kind.word : "\(events.count) events"
        let head = [
            "From: \(sender)", "To: \(recipients.joined(separator: ", "))",
            "Subject: Pollex: \(subject)", "Date: \(Self.format(date))",
            // The same for every attempt at the same events.
            "Message-ID: <\(first.id.text)@\(domain)>", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
            "Auto-Submitted: auto-generated",
        ]
        let text = events.map { "\($0.kind.word) \($0.id.text)\n\(Self.lines(of: $0))\n" }
        // Short lines of ASCII, whatever names are in it.
        let content = Data(text.joined(separator: "\n").utf8)
            .base64EncodedString(options: [.lineLength76Characters, .endLineWithCarriageReturn])
            .replacingOccurrences(of: "\r\n", with: "\r").fields(separatedBy: "\r")
        return Array((head + [""] + content.map(String.init)).joined(separator: "\r\n").utf8)
            + [13, 10]
    }

    /// The event's words, one to a line.
    private static func lines(of event: Event) -> String {
        let payload = try? JSONSerialization.jsonObject(with: Data(event.payload))
        guard let members = payload as? [String: Any], let data = members["data"] as? [String: Any]
        else { return String(decoding: event.payload, as: UTF8.self) }
        let time = members["timestamp"].map { ["  time: \($0)"] } ?? []
        return (time + data.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" })
            .joined(separator: "\n")
    }

    /// `Fri, 21 Nov 2025 02:45:36 +0000`.
    private static func format(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
        return formatter.string(from: date)
    }
}
