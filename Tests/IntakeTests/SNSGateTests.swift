import Foundation
import Hints
import Synchronization
import TestSupport
import Testing
import Text

@testable import Intake

/// Messages signed by a key that `openssl` makes, as SNS signs its own.
@Suite struct SNSGateTests {
    private static let topic = "arn:aws:sns:us-east-1:1:pictures"
    private static let certificateURL = "https://sns.us-east-1.amazonaws.com/Service-1.pem"
    private static let subscribeURL =
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"

    /// A key, its certificate, and what was asked for.
    private final class Site: Sendable {
        let scratch: Scratch
        let certificate: [UInt8]
        let asked = Mutex<[String]>([])

        init() throws {
            scratch = try Scratch()
            try Site.openssl([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=sns",
                "-keyout", scratch.path("key"), "-out", scratch.path("certificate"),
            ])
            certificate = Array(
                try Data(contentsOf: URL(fileURLWithPath: scratch.path("certificate"))))
        }

        func gate() -> SNSGate {
            SNSGate(topics: [UTF8String(SNSGateTests.topic)]) { [self] address in
                asked.withLock { $0.append("\(address.host)\(address.target)") }
                return address.isCertificate ? certificate : []
            }
        }

        func sign(_ text: String, _ digest: String) throws -> String {
            try Data(text.utf8).write(to: URL(fileURLWithPath: scratch.path("text")))
            try Site.openssl([
                "dgst", "-\(digest)", "-sign", scratch.path("key"), "-out", scratch.path("code"),
                scratch.path("text"),
            ])
            return try Data(contentsOf: URL(fileURLWithPath: scratch.path("code")))
                .base64EncodedString()
        }

        private static func openssl(_ words: [String]) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            process.arguments = words
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
        }
    }

    private static let body = """
        {"Records":[{"eventSource":"aws:s3","s3":{"bucket":{"name":"raw"},"object":{"key":"a+b"}}}]}
        """

    /// - Parameter changes: made to the members after they were signed.
    private static func message(
        _ site: Site, kind: String = "Notification", version: String = "1",
        subject: String? = "Amazon S3 Notification", changes: [String: String] = [:]
    ) throws -> SNSMessage {
        var members = [
            "Type": kind, "MessageId": "m", "TopicArn": topic, "Message": body,
            "Timestamp": "2026-11-29T00:00:00.000Z", "SignatureVersion": version,
            "SigningCertURL": certificateURL,
        ]
        var names = ["Message", "MessageId", "Timestamp", "TopicArn", "Type"]
        if kind == "Notification" {
            if let subject {
                members["Subject"] = subject
                names.insert("Subject", at: 2)
            }
        } else {
            members["Token"] = "t"
            members["SubscribeURL"] = subscribeURL
            names = [
                "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
            ]
        }
        let text = names.map { "\($0)\n\(members[$0, default: ""])\n" }.joined()
        members["Signature"] = try site.sign(text, version == "1" ? "sha1" : "sha256")
        members.merge(changes) { $1 }
        let document = Array(try JSONSerialization.data(withJSONObject: members))
        guard case .message(let message) = try HintBody(document) else {
            throw HintBody.Malformed.unknownForm
        }
        return message
    }

    @Test(arguments: ["1", "2"])
    func whatIsSignedIsTakenAndTheCertificateAskedForOnce(version: String) async throws {
        let site = try Site()
        let gate = site.gate()
        for subject in [nil, "Amazon S3 Notification"] {
            let message = try Self.message(site, version: version, subject: subject)
            let hints = try await gate.hints(in: message).get()
            #expect(hints == [ObjectHint(bucket: "raw", key: "a b")])
        }
        #expect(site.asked.withLock { $0 } == ["sns.us-east-1.amazonaws.com/Service-1.pem"])
    }

    @Test func aSubscriptionIsConfirmedAndItsEndIsNot() async throws {
        let site = try Site()
        let gate = site.gate()
        let ending = try Self.message(site, kind: "UnsubscribeConfirmation")
        #expect(try await gate.hints(in: ending).get().isEmpty)
        #expect(site.asked.withLock { $0.count } == 1)
        let message = try Self.message(site, kind: "SubscriptionConfirmation")
        #expect(try await gate.hints(in: message).get().isEmpty)
        #expect(
            site.asked.withLock { $0.last } == String(Self.subscribeURL.dropFirst("https://".count))
        )
    }

    @Test(arguments: [
        ["Message": "{}"], ["MessageId": "n"], ["Subject": "s"], ["Timestamp": "2027"],
        ["Signature": "AAEC"], ["SignatureVersion": "2"],
    ])
    func whatIsChangedIsRefused(changes: [String: String]) async throws {
        let site = try Site()
        let message = try Self.message(site, changes: changes)
        await #expect(throws: SNSGate.Refusal.signature) {
            try await site.gate().hints(in: message)
        }
    }

    @Test func anotherKeysSignatureIsRefused() async throws {
        let (site, other) = (try Site(), try Site())
        let message = try Self.message(other)
        await #expect(throws: SNSGate.Refusal.signature) {
            try await site.gate().hints(in: message)
        }
        // Nor is a certificate believed that is none.
        let gate = SNSGate(topics: [UTF8String(Self.topic)]) { _ in Array("no PEM".utf8) }
        await #expect(throws: SNSGate.Refusal.signature) { try await gate.hints(in: message) }
        let silent = SNSGate(topics: [UTF8String(Self.topic)]) { _ in nil }
        await #expect(throws: SNSGate.Refusal.unreachable) { try await silent.hints(in: message) }
    }

    @Test(arguments: [
        "https://sns.evil.com/a.pem", "https://sns.us-east-1.amazonaws.com.evil.example/a.pem",
        "https://a@sns.us-east-1.amazonaws.com/a.pem", "http://sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com:1/a.pem", "https://sns.us-east-1.amazonaws.com/a",
    ])
    func nothingIsFetchedOfAnybodyElse(url: String) async throws {
        let site = try Site()
        let message = try Self.message(site, changes: ["SigningCertURL": url])
        await #expect(throws: SNSGate.Refusal.address) { try await site.gate().hints(in: message) }
        let subscription = try Self.message(
            site, kind: "SubscriptionConfirmation", changes: ["SubscribeURL": "https://evil/?a"])
        await #expect(throws: SNSGate.Refusal.address) {
            try await site.gate().hints(in: subscription)
        }
        #expect(site.asked.withLock { $0.isEmpty })
    }

    @Test func nothingIsFetchedForAnotherTopic() async throws {
        let site = try Site()
        let message = try Self.message(site, changes: ["TopicArn": Self.topic + "x"])
        await #expect(throws: SNSGate.Refusal.topic) { try await site.gate().hints(in: message) }
        #expect(site.asked.withLock { $0.isEmpty })
    }
}
