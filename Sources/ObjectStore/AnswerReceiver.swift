internal import Synchronization

/// Keeps an answer's head and, up to a bound, its content.
final class AnswerReceiver: TransferReceiver {
    struct Answer: Sendable {
        var head = AnswerHead()
        var content: [UInt8] = []
    }

    private struct State: Sendable {
        var answer = Answer()
        var continuation: CheckedContinuation<Result<Answer, TransferFailure>, Never>?
    }

    private let state: Mutex<State>
    private let contentLimit: Int

    init(
        contentLimit: Int,
        _ continuation: CheckedContinuation<Result<Answer, TransferFailure>, Never>
    ) {
        self.contentLimit = contentLimit
        state = Mutex(State(continuation: continuation))
    }

    func begin(_ head: AnswerHead) -> Bool {
        state.withLock { $0.answer.head = head }
        return true
    }

    func take(_ bytes: Span<UInt8>) -> Bool {
        let limit = contentLimit
        return state.withLock { state in
            guard state.answer.content.count + bytes.count <= limit else { return false }
            for index in bytes.indices { state.answer.content.append(bytes[index]) }
            return true
        }
    }

    func end(_ end: TransferEnd) {
        let (answer, continuation) = state.withLock { ($0.answer, $0.continuation.take()) }
        switch end {
        case .done: continuation?.resume(returning: .success(answer))
        case .refused:
            let failure = TransferFailure.transport("an answer too long", isUnreachable: false)
            continuation?.resume(returning: .failure(failure))
        case .failed(let failure): continuation?.resume(returning: .failure(failure))
        }
    }
}
