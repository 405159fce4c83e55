package import Coalescing
internal import HTTP
package import HTTPServer

/// Counts an upload's bytes against the quotas of who sends it. Of one task.
package final class UploadMeter {
    private let quotas: Quotas
    private let exchange: Exchange
    private let token: QuotaTable.Client?
    /// Set when a body was too much on its way; it was given up then.
    package private(set) var refusal: Quotas.Refusal?

    package init(_ quotas: Quotas, _ exchange: Exchange, token: QuotaTable.Client?) {
        self.quotas = quotas
        self.exchange = exchange
        self.token = token
    }

    /// Before the body is asked for: a length that it says is enough to refuse it.
    package func refusalOfLength() -> Quotas.Refusal? {
        var byteCount = 1
        if case .length(let count) = exchange.head.framing { byteCount = Int(clamping: count) }
        return quotas.refusal(of: byteCount, from: exchange.peer, token: token)
    }

    /// The body's next piece. Over the quota it breaks off as if the client had left.
    package func nextChunk() async throws(Exchange.BodyFailure) -> [UInt8]? {
        guard let chunk = try await exchange.nextChunk() else { return nil }
        refusal = quotas.refusal(of: chunk.count, from: exchange.peer, token: token)
        guard refusal == nil else { throw .abandoned }
        quotas.charge(chunk.count, to: exchange.peer, token: token)
        return chunk
    }
}
