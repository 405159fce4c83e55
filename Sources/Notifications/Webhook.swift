internal import Coding
internal import Digest
package import Events

/// A URL that is told of events as Standard Webhooks say (standardwebhooks.com).
package struct Webhook: Equatable, Sendable {
    package let url: String
    package let kinds: Set<EventKind>
    private let key: [UInt8]

    /// - Parameter key: of the signature, not empty.
    package init(url: String, key: [UInt8], kinds: Set<EventKind>) {
        precondition(!key.isEmpty)
        (self.url, self.key, self.kinds) = (url, key, kinds)
    }

    /// The field lines of one attempt.
    ///
    /// - Parameter seconds: since 1970, of the attempt: receivers refuse what is old.
    package func fields(for event: Event, at seconds: Int64) -> [String] {
        let id = event.id.text
        let signature = Self.signature(of: event.payload, id: id, seconds: seconds, key: key)
        return [
            "Content-Type: application/json", "User-Agent: pollex", "webhook-id: \(id)",
            "webhook-timestamp: \(seconds)", "webhook-signature: \(signature)",
        ]
    }

    static func signature(
        of content: [UInt8], id: String, seconds: Int64, key: [UInt8]
    ) -> String {
        let message = Array("\(id).\(seconds).".utf8) + content
        let hmac = HMACKey(key)
        var hasher = hmac.begin()
        hasher.update(message.span)
        let code = hmac.code(of: hasher).bytes
        return "v1," + Base64.text(code.indices.map { code[$0] })
    }
}
