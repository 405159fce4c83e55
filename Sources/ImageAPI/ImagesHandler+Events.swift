package import Answers
internal import Digest
internal import HTTP
package import HTTPServer
internal import Hints
package import Intake
internal import JSON
internal import Rendering
internal import Store
internal import Synchronization
internal import Telemetry
internal import Text

/// Where stores say that something happened to their objects, as far as it is configured.
package final class HintInbox: Sendable {
    private let intake = Mutex<Intake?>(nil)

    package init() {}

    /// Until then they are asked to come again.
    package func open(_ intake: Intake) { self.intake.withLock { $0 = intake } }

    var opened: Intake? { intake.withLock { $0 } }
}

/// `POST /events/s3/<secret>`.
extension ImagesHandler {
    /// SNS sends at most 256 KiB.
    private static let eventByteLimit = 1 << 20

    /// Whoever has the secret may say so. What comes is written down, and answered then; who hears
    /// anything but 200 is to say it again.
    package func takeEvents() async throws(ProblemAnswer) -> Response {
        guard let secret = services.settings.eventSecret, Self.isSecret(secret, in: exchange)
        else { throw .unknownPath }
        // MinIO looks whether somebody is there.
        if exchange.head.method == .head { return json(.ok, [], []) }
        let body = try await body(atMost: Self.eventByteLimit)
        let hints: Result<[ObjectHint], HintBody.Malformed>
        switch Result(catching: { () throws(HintBody.Malformed) in try HintBody(body) }) {
        case .success(.hints(let found)): hints = .success(found)
        case .success(.message(let message)): hints = try await open(message)
        case .failure(let error): hints = .failure(error)
        }
        switch hints {
        case .success(let hints): return try await write(hints)
        case .failure(let error):
            services.desk.metrics.count(.hintsRefused)
            throw ProblemAnswer(
                status: .badRequest,
                detail: error == .notJSON
                    ? "The event is no JSON." : "The event has none of the forms that are known.")
        }
    }

    private func open(
        _ message: SNSMessage
    ) async throws(ProblemAnswer) -> Result<[ObjectHint], HintBody.Malformed> {
        do throws(SNSGate.Refusal) {
            let hints = try await services.sns.hints(in: message)
            if message.kind != .notification {
                services.events.log(.info, "sns-\(message.kind.word)") { json in
                    json.field("topic", message.topic.string)
                }
            }
            return hints
        } catch {
            services.desk.metrics.count(.hintsRefused)
            services.events.log(.warning, "sns-refused") { json in
                json.field("topic", message.topic.string)
                json.field("reason", error.word)
            }
            if error == .unreachable { throw .overloaded(retryAfterSeconds: 60) }
            throw ProblemAnswer(
                status: .forbidden, detail: "The message of SNS is refused: \(error.word).")
        }
    }

    private func write(_ hints: [ObjectHint]) async throws(ProblemAnswer) -> Response {
        guard let intake = services.inbox.opened else { throw .overloaded(retryAfterSeconds: 1) }
        let receipt: Intake.Receipt
        do throws(StoreError) { receipt = try await intake.take(hints) } catch {
            throw error == .diskFull || error == .mapFull ? .storageFull : .storageFailing
        }
        guard case .written(let count) = receipt else {
            services.desk.metrics.count(.hintsRefused)
            throw .overloaded(retryAfterSeconds: 60)
        }
        for _ in 0..<count { services.desk.metrics.count(.hintsWritten) }
        for _ in count..<hints.count { services.desk.metrics.count(.hintsIgnored) }
        return json(.ok) { json in
            json.beginObject()
            json.field("objects", count)
            json.endObject()
        }
    }

    private static func isSecret(_ secret: SHA256Digest, in exchange: Exchange) -> Bool {
        let path = exchange.target.utf8.prefix { $0 != UInt8(ascii: "?") }
        let given = Array(path.dropFirst("/events/s3/".utf8.count))
        return SHA256Digest(of: given).isEqualInConstantTime(to: secret)
    }
}

extension SNSGate.Refusal {
    fileprivate var word: String {
        switch self {
        case .topic: "its topic is not in events.s3.topics"
        case .address: "a URL in it is not of SNS"
        case .signature: "its signature is wrong"
        case .unreachable: "SNS does not answer"
        }
    }
}

extension SNSMessage.Kind {
    fileprivate var word: String {
        switch self {
        case .notification: "notified"
        case .subscription: "subscribed"
        case .unsubscription: "unsubscribed"
        }
    }
}
