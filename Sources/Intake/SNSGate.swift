internal import Digest
package import Hints
internal import LinuxIO
internal import ObjectStore
internal import Synchronization
package import Text

/// Whether a message that says it is of SNS is, and is of a topic that is wanted. Nothing is
/// fetched for one that is not.
package final class SNSGate: Sendable {
    package enum Refusal: Error, Equatable {
        /// Not one of those that the configuration lists.
        case topic
        /// It names a certificate, or a place to confirm at, that is not of SNS.
        case address
        case signature
        /// What SNS has to say is not to be had just now.
        case unreachable
    }

    /// The content of a document of SNS.
    package typealias Fetch = @Sendable (SNSAddress) async -> [UInt8]?

    /// Certificates that are kept: there is one for each region.
    private static let certificateCount = 32

    private let topics: [UTF8String]
    private let fetch: Fetch
    private let certificates = Mutex<[UTF8String: [UInt8]]>([:])

    package init(topics: [UTF8String], fetch: @escaping Fetch = SNSGate.ask) {
        (self.topics, self.fetch) = (topics, fetch)
    }

    /// The hints in it, if it is a notification; a subscription is confirmed.
    package func hints(
        in message: SNSMessage
    ) async throws(Refusal) -> Result<[ObjectHint], HintBody.Malformed> {
        guard topics.contains(message.topic) else { throw .topic }
        guard let place = SNSAddress(message.certificateURL), place.isCertificate
        else { throw .address }
        let confirmation = message.subscribeURL.flatMap(SNSAddress.init)
        if message.kind == .subscription, confirmation == nil { throw .address }
        guard
            RSASignature.isValid(
                message.signature, of: message.signed,
                certificate: try await certificate(at: place),
                message.digest == .sha1 ? .sha1 : .sha256)
        else { throw .signature }
        switch message.kind {
        case .notification:
            do throws(HintBody.Malformed) {
                return .success(try HintBody.hints(within: message))
            } catch { return .failure(error) }
        case .subscription:
            guard let confirmation, await fetch(confirmation) != nil else { throw .unreachable }
            return .success([])
        case .unsubscription: return .success([])
        }
    }

    private func certificate(at place: SNSAddress) async throws(Refusal) -> [UInt8] {
        let url = UTF8String(place.url)
        if let kept = certificates.withLock({ $0[url] }) { return kept }
        guard let fetched = await fetch(place) else { throw .unreachable }
        certificates.withLock { kept in
            if kept.count >= Self.certificateCount { kept.removeAll() }
            kept[url] = fetched
        }
        return fetched
    }

    // MARK: The net

    /// Once in a process, when it is first needed.
    private static let client: WebClient? = {
        do throws(SystemError) { return try WebClient() } catch { return nil }
    }()

    package static let ask: Fetch = { await client?.content(of: $0.url) }
}

extension SNSAddress {
    fileprivate var url: String { "https://\(host)\(target)" }
}
