package import HTTP
package import LinuxIO
internal import Synchronization

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

    struct State {
        var chunks: [[UInt8]] = []
        var bufferedByteCount = 0
        var isEnded: Bool
        var failure: BodyFailure?
        var isPaused = false
        var hasAskedForBody = false
        var isAnswered = false
        var reader: CheckedContinuation<Void, Never>?
        var abandonAction: (@Sendable () -> Void)?
    }

    package let head: RequestHead
    /// The bytes that `head` points into.
    package let headBytes: [UInt8]
    package let peer: PeerAddress
    /// The executor of the connection's loop, for handlers.
    package let mailbox: Mailbox
    private let token: EventLoop.Token
    private let capacity: Int
    private let state: Mutex<State>

    init(
        head: RequestHead, headBytes: [UInt8], peer: PeerAddress, mailbox: Mailbox,
        token: EventLoop.Token, bufferedByteLimit: Int
    ) {
        self.head = head
        self.headBytes = headBytes
        self.peer = peer
        self.mailbox = mailbox
        self.token = token
        capacity = bufferedByteLimit
        state = Mutex(State(isEnded: BodyProgress(head.framing).isComplete))
    }

    deinit {
        if !state.withLock({ $0.isAnswered }) { deliver(Response(status: .internalServerError)) }
    }

    /// The next piece of the body, `nil` at its end. One reader at a time.
    package func nextChunk() async throws(BodyFailure) -> [UInt8]? {
        while true {
            let step = state.withLock { $0.takeChunk() }
            if step.asksForBody { wake { $0.sendContinue() } }
            if step.resumes { wake { $0.resumeReading() } }
            switch step.outcome {
            case .chunk(let chunk): return chunk
            case .ended: return nil
            case .failed(let failure): throw failure
            case .wait:
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if state.mustWait {
                            state.reader = continuation
                            return false
                        }
                        return true
                    }
                    if isReady { continuation.resume() }
                }
            }
        }
    }

    /// Answers. Only the first answer counts.
    package func respond(_ response: Response) {
        let isFirst = state.withLock { state in
            defer {
                state.isAnswered = true
                state.abandonAction = nil
            }
            return !state.isAnswered
        }
        if isFirst { deliver(response) }
    }

    /// Runs `action` once when the client leaves before the answer; at once if it has left.
    package func whenAbandoned(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if state.failure == .abandoned { return true }
            if !state.isAnswered { state.abandonAction = action }
            return false
        }
        if isLate { action() }
    }

    // MARK: The connection's side

    enum Appetite { case more, enough }

    func push(_ chunk: [UInt8]) -> Appetite {
        let (reader, appetite) = state.withLock { state in
            state.chunks.append(chunk)
            state.bufferedByteCount += chunk.count
            state.isPaused = state.bufferedByteCount >= capacity
            return (state.reader.take(), state.isPaused ? Appetite.enough : .more)
        }
        reader?.resume()
        return appetite
    }

    func finishBody() {
        state.withLock { state in
            state.isEnded = true
            return state.reader.take()
        }?.resume()
    }

    func fail(_ failure: BodyFailure) {
        let (reader, action) = state.withLock { state in
            if state.failure == nil { state.failure = failure }
            let action = failure == .abandoned ? state.abandonAction.take() : nil
            return (state.reader.take(), action)
        }
        reader?.resume()
        action?()
    }

    private func deliver(_ response: Response) {
        wake { $0.finishExchange(with: response) }
    }

    private func wake(_ body: @escaping @Sendable (Connection) -> Void) {
        let token = token
        mailbox.post { loop in
            // The token's generation says whether the connection is still this one. A connection
            // has one exchange at a time, and the next begins after this one's answer.
            guard let connection = loop.handler(token) as? Connection else { return }
            body(connection)
        }
    }
}

extension Exchange.State {
    enum Outcome {
        case chunk([UInt8])
        case ended
        case failed(Exchange.BodyFailure)
        case wait
    }

    var mustWait: Bool { chunks.isEmpty && !isEnded && failure == nil }

    mutating func takeChunk() -> (outcome: Outcome, asksForBody: Bool, resumes: Bool) {
        if let failure { return (.failed(failure), false, false) }
        if !chunks.isEmpty {
            let chunk = chunks.removeFirst()
            bufferedByteCount -= chunk.count
            let resumes = isPaused && bufferedByteCount == 0
            if resumes { isPaused = false }
            return (.chunk(chunk), false, resumes)
        }
        if isEnded { return (.ended, false, false) }
        defer { hasAskedForBody = true }
        return (.wait, !hasAskedForBody, false)
    }
}
