package import HTTP
package import LinuxIO

/// One request that is answered from off the loop: its head, its body as it comes, and the way
/// back. Handed out by `Connection.handOver()`, usable from any thread.
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
    package let peer: PeerAddress
    /// The executor of the connection's loop, for handlers.
    package let mailbox: Mailbox
    private let token: EventLoop.Token
    private let link: ExchangeLink

    init(
        head: RequestHead, headBytes: [UInt8], peer: PeerAddress, mailbox: Mailbox,
        token: EventLoop.Token, link: ExchangeLink
    ) {
        self.head = head
        self.headBytes = headBytes
        self.peer = peer
        self.mailbox = mailbox
        self.token = token
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
        if link.markAnswered() { Self.deliver(response, token, link, on: loop) }
    }

    /// Runs `action` once when the client leaves before the answer; at once if it has left. To
    /// finish sending is not to leave.
    package func whenAbandoned(_ action: @escaping @Sendable () -> Void) {
        link.whenAbandoned(action)
    }

    private func deliver(_ response: Response) {
        let (token, link) = (token, link)
        mailbox.post { loop in Self.deliver(response, token, link, on: loop) }
    }

    private static func deliver(
        _ response: Response, _ token: EventLoop.Token, _ link: ExchangeLink, on loop: EventLoop
    ) {
        if let connection = connection(token, link, on: loop) {
            connection.finishExchange(with: response)
        } else {
            response.account?.finished(status: response.status, sentByteCount: 0, isWhole: false)
        }
    }

    private func wake(_ body: @escaping @Sendable (Connection) -> Void) {
        let (token, link) = (token, link)
        mailbox.post { loop in
            if let connection = Self.connection(token, link, on: loop) { body(connection) }
        }
    }

    /// The connection, while it is open and this is still its request.
    private static func connection(
        _ token: EventLoop.Token, _ link: ExchangeLink, on loop: EventLoop
    ) -> Connection? {
        guard let connection = loop.handler(token) as? Connection, connection.exchange === link
        else { return nil }
        return connection
    }
}
