internal import Coding
internal import JSON
package import Text

/// A message of Amazon's SNS as it is posted to an HTTP endpoint.
/// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
package struct SNSMessage: Equatable, Sendable {
    package enum Kind: String, Sendable {
        case notification = "Notification"
        /// Nothing comes before its `SubscribeURL` was visited.
        case subscription = "SubscriptionConfirmation"
        /// Its URL would subscribe again.
        case unsubscription = "UnsubscribeConfirmation"
    }

    package enum Digest: Sendable { case sha1, sha256 }

    package let kind: Kind
    package let topic: UTF8String
    package let message: UTF8String
    /// Where the certificate is said to lie: to be looked at as `SNSAddress` first.
    package let certificateURL: UTF8String
    /// Of a confirmation.
    package let subscribeURL: UTF8String?
    package let digest: Digest
    package let signature: [UInt8]
    /// What is signed: names and values, a line each.
    package let signed: [UInt8]

    /// `nil` when it is none, or lacks what belongs to it.
    init?(_ document: JSONValue) {
        func text(_ name: UTF8String) -> UTF8String? { document[name]?.string }
        guard let kind = text("Type").flatMap({ Kind(rawValue: $0.string) }),
            let topic = text("TopicArn"), let message = text("Message"),
            let url = text("SigningCertURL"),
            let signature = text("Signature").flatMap({ Base64.bytes($0.string) })
        else { return nil }
        switch text("SignatureVersion") {
        case "1": digest = .sha1
        case "2": digest = .sha256
        default: return nil
        }
        (self.kind, self.topic, self.message) = (kind, topic, message)
        (certificateURL, self.signature) = (url, signature)
        subscribeURL = text("SubscribeURL")
        var names: [UTF8String] = ["Message", "MessageId"]
        switch kind {
        case .notification:
            if text("Subject") != nil { names.append("Subject") }
            names += ["Timestamp", "TopicArn", "Type"]
        case .subscription, .unsubscription:
            names += ["SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        }
        var signed: [UInt8] = []
        for name in names {
            guard let value = text(name) else { return nil }
            signed += Array("\(name)\n\(value)\n".utf8)
        }
        self.signed = signed
    }
}
