import Foundation
import Testing

@testable import Events
@testable import Notifications

@Suite struct WebhookTests {
    /// The example of the Standard Webhooks libraries, whose message id is another's than ours.
    @Test func signsAsOthersDo() throws {
        let key = try #require(Data(base64Encoded: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = Webhook.signature(
            of: Array(#"{"test": 2432232314}"#.utf8), id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            seconds: 1_614_265_330, key: Array(key))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func everyAttemptHasItsTimeAndTheSameId() {
        let webhook = Webhook(url: "https://a.example", key: [1, 2, 3], kinds: [.imageReady])
        let event = Event(.imageReady, at: 1) { _ in }
        let (first, second) = (
            webhook.fields(for: event, at: 10), webhook.fields(for: event, at: 20)
        )
        #expect(first.contains("webhook-id: \(event.id.text)"))
        #expect(second.contains("webhook-id: \(event.id.text)"))
        #expect(first.contains("webhook-timestamp: 10") && second.contains("webhook-timestamp: 20"))
        #expect(first.last != second.last, "the time is signed")
    }
}
