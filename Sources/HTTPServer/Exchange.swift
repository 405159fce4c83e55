package import HTTP
package import LinuxIO

/// One request that is answered from off the loop: its head, its body as it comes, and the way
/// back. Handed out by `Reply.handOver()`, usable from any thread.
///
/// An exchange that is dropped unanswered answers 500: nobody waits for ever.
package final class Exchange: Sendable {
    package enum BodyFailure: Error, Equatable {
        /// The client left, or was ended for being too slow.
        case abandoned
        /// The framing is broken; the connection will close.
        case malformed
    }

    package let head: RequestHead
    /// The bytes that `head` points into.
    package let headBytes: [UInt8]
    /// See `Reply.peer`.
    package let peer: PeerAddress
    /// The executor of the loop that the request came on, for handlers.
    package let mailbox: Mailbox
    private let link: ExchangeLink

    init(
        head: RequestHead, headBytes: [UInt8], peer: PeerAddress, mailbox: Mailbox,
        link: ExchangeLink
    ) {
        self.head = head
        self.headBytes = headBytes
        self.peer = peer
        self.mailbox = mailbox
        self.link = link
    }

    deinit {
        if link.markAnswered() { deliver(Response(status: .internalServerError)) }
    }

    /// The next piece of the body, `nil` at its end. One reader at a time.
    package func nextChunk() async throws(BodyFailure) -> [UInt8]? {
        while true {
            switch link.take() {
            case .chunk(let chunk, let resumesReading):
                if resumesReading { wake { $0.resumeReading() } }
                return chunk
            case .ended: return nil
            case .failed(let failure): throw failure
            case .wait(let asksForBody):
                if asksForBody { wake { $0.sendContinue() } }
                await link.wait()
            }
        }
    }

    /// Answers. Only the first answer counts.
    package func respond(_ response: Response) {
        if link.markAnswered() { deliver(response) }
    }

    /// The same at once, by who runs on the mailbox's loop already.
    package func respond(_ response: Response, on loop: EventLoop) {
        if link.markAnswered() { Self.deliver(response, link) }
    }

    /// Runs `action` once when the client leaves before the answer; at once if it has left. To
    /// finish sending is not to leave.
    package func whenAbandoned(_ action: @escaping @Sendable () -> Void) {
        link.whenAbandoned(action)
    }

    private func deliver(_ response: Response) {
        let link = link
        mailbox.post { _ in Self.deliver(response, link) }
    }

    /// On the loop.
    private static func deliver(_ response: Response, _ link: ExchangeLink) {
        if let host = unsafe link.host {
            host.finishExchange(with: response)
        } else {
            response.account?.finished(status: response.status, sentByteCount: 0, isWhole: false)
        }
    }

    private func wake(_ body: @escaping @Sendable (any ExchangeHost) -> Void) {
        let link = link
        mailbox.post { _ in if let host = unsafe link.host { body(host) } }
    }
}
