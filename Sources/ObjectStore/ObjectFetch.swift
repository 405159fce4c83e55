internal import Digest
internal import LinuxIO
internal import Synchronization

/// The bytes of an object on their way into a file, hashed as they come. When the connection
/// breaks, the same fetch goes on from where it was.
final class ObjectFetch: Sendable {
    private struct State: ~Copyable, Sendable {
        var hasher = SHA256Hasher()
        var byteCount = 0
        var problem: ObjectError?
        var file: SharedDescriptor?
    }

    private let open: ObjectClient.Opening
    private let byteLimit: Int
    /// Told how much has come, on the thread of the transfers.
    private let progress: @Sendable (Int) -> Void
    private let state = Mutex(State())

    init(
        open: @escaping ObjectClient.Opening, byteLimit: Int,
        progress: @escaping @Sendable (Int) -> Void
    ) {
        (self.open, self.byteLimit, self.progress) = (open, byteLimit, progress)
    }

    /// There when anything of the object is.
    var file: SharedDescriptor? { state.withLock { $0.file } }

    var byteCount: Int { state.withLock { $0.byteCount } }
    /// Why it can not be taken, by our fault and not the store's.
    var problem: ObjectError? { state.withLock { $0.problem } }

    /// Of all that has come. Called once, at the end.
    func digest() -> SHA256Digest {
        state.withLock { state in
            var hasher = SHA256Hasher()
            swap(&hasher, &state.hasher)
            return hasher.finish()
        }
    }

    /// Whether an answer goes on where this is; one that begins anew is taken from its start.
    fileprivate func goesOn(with head: AnswerHead) -> Bool {
        switch head.status {
        case 200: begin(head["content-length"].flatMap { Int($0) } ?? 0)
        case 206:
            // `bytes 500-999/1000`
            head["content-range"]?.utf8.drop { !(48...57).contains($0) }
                .starts(with: "\(byteCount)-".utf8) == true
        default: false
        }
    }

    private func begin(_ promised: Int) -> Bool {
        state.withLock { state in
            guard promised <= byteLimit else {
                state.problem = .tooLarge
                return false
            }
            do throws(SystemError) {
                guard let file = state.file else {
                    state.file = try open()
                    return true
                }
                state.hasher = SHA256Hasher()
                state.byteCount = 0
                try Files.truncate(file.rawValue, byteCount: 0)
                return true
            } catch {
                state.problem = error.isStorageFull ? .full : .unavailable("\(error)")
                return false
            }
        }
    }

    fileprivate func take(_ bytes: Span<UInt8>) -> Bool {
        let count = state.withLock { state -> Int? in
            guard let file = state.file, state.byteCount + bytes.count <= byteLimit else {
                state.problem = .tooLarge
                return nil
            }
            do throws(SystemError) {
                unsafe try Files.write(file.rawValue, bytes.bytes, at: state.byteCount)
            } catch {
                state.problem = error.isStorageFull ? .full : .unavailable("\(error)")
                return nil
            }
            state.hasher.update(bytes)
            state.byteCount += bytes.count
            return state.byteCount
        }
        guard let count else { return false }
        progress(count)
        return true
    }
}

/// One answer of those that a fetch may need.
final class FetchReceiver: TransferReceiver {
    typealias Answer = (head: AnswerHead, end: TransferEnd)

    private struct State: Sendable {
        var head = AnswerHead()
        var continuation: CheckedContinuation<Answer, Never>?
    }

    private let fetch: ObjectFetch
    private let state: Mutex<State>

    init(_ fetch: ObjectFetch, _ continuation: CheckedContinuation<Answer, Never>) {
        self.fetch = fetch
        state = Mutex(State(continuation: continuation))
    }

    func begin(_ head: AnswerHead) -> Bool {
        state.withLock { $0.head = head }
        return fetch.goesOn(with: head)
    }

    func take(_ bytes: Span<UInt8>) -> Bool { fetch.take(bytes) }

    func end(_ end: TransferEnd) {
        let (head, continuation) = state.withLock { ($0.head, $0.continuation.take()) }
        continuation?.resume(returning: (head, end))
    }
}
