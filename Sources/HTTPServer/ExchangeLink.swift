internal import Synchronization

/// What a request came on, for a handler elsewhere: called on its loop.
protocol ExchangeHost: AnyObject {
    /// The handler's answer.
    func finishExchange(with response: Response)
    /// The handler has taken everything it was given.
    func resumeReading()
    /// The handler wants the body.
    func sendContinue()
}

/// What a request's handler and its connection share: the body on its way in, and whether anyone
/// still waits for the answer. Each side holds it; only the handler's `Exchange` ends with the
/// handler, so that one dropped unanswered is noticed.
final class ExchangeLink: Sendable {
    private struct State {
        var chunks: [[UInt8]] = []
        var bufferedByteCount = 0
        var isEnded: Bool
        var failure: Exchange.BodyFailure?
        var isPaused = false
        var hasAskedForBody = false
        var isAnswered = false
        var reader: CheckedContinuation<Void, Never>?
        var abandonAction: (@Sendable () -> Void)?

        var mustWait: Bool { chunks.isEmpty && !isEnded && failure == nil }
    }

    private let capacity: Int
    private let state: Mutex<State>
    /// Whom the answer goes to, while it is waited for. Only the loop's thread touches it.
    nonisolated(unsafe) var host: (any ExchangeHost)?

    init(bufferedByteLimit: Int, hasBody: Bool, host: any ExchangeHost) {
        capacity = bufferedByteLimit
        unsafe self.host = host
        state = Mutex(State(isEnded: !hasBody))
    }

    // MARK: The handler's side

    enum Step {
        case chunk([UInt8], resumesReading: Bool)
        case ended
        case failed(Exchange.BodyFailure)
        case wait(asksForBody: Bool)
    }

    func take() -> Step {
        state.withLock { state in
            if let failure = state.failure { return .failed(failure) }
            if !state.chunks.isEmpty {
                let chunk = state.chunks.removeFirst()
                state.bufferedByteCount -= chunk.count
                let resumes = state.isPaused && state.bufferedByteCount == 0
                if resumes { state.isPaused = false }
                return .chunk(chunk, resumesReading: resumes)
            }
            if state.isEnded { return .ended }
            defer { state.hasAskedForBody = true }
            return .wait(asksForBody: !state.hasAskedForBody)
        }
    }

    /// Returns when `take()` has something to give. One reader at a time.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                guard state.mustWait else { return true }
                precondition(state.reader == nil, "two readers of one body")
                state.reader = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    /// Whether this answer is the first.
    func markAnswered() -> Bool {
        state.withLock { state in
            defer {
                state.isAnswered = true
                state.abandonAction = nil
            }
            return !state.isAnswered
        }
    }

    func whenAbandoned(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if state.isAnswered { return false }
            if state.failure == .abandoned { return true }
            state.abandonAction = action
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
            // Until all of it is taken, whatever comes meanwhile.
            if state.bufferedByteCount >= capacity { state.isPaused = true }
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

    /// No more of the body comes. Being abandoned outweighs what went wrong before it.
    func fail(_ failure: Exchange.BodyFailure) {
        let (reader, action) = state.withLock { state in
            if state.failure == nil || failure == .abandoned { state.failure = failure }
            let action = failure == .abandoned ? state.abandonAction.take() : nil
            return (state.reader.take(), action)
        }
        reader?.resume()
        action?()
    }
}
