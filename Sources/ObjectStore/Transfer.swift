internal import LinuxIO

/// One request to the store, and how its answer is taken.
struct TransferOrder: Sendable {
    var method: ObjectMethod
    /// Below the prefix; `nil`: the bucket itself.
    var key: String?
    /// Sorted by name; neither is escaped.
    var query: [(name: String, value: String)] = []
    /// Lower case, with its value; beside those that every request has.
    var fields: [(name: String, value: String)] = []
    /// SHA-256 of what is sent, in hexadecimal.
    var contentDigest = Self.digestOfNothing
    /// Of a PUT, read from its start.
    var content: SharedDescriptor?
    var byteCount = 0
    /// Not on a connection that was kept, which may be what failed.
    var isFresh = false
    /// By when it has to be sent, monotonic; `nil`: whenever its turn comes.
    var sendBy: Duration?

    static let digestOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
}

/// What takes an answer as it comes. Called on the thread of the transfers.
protocol TransferReceiver: AnyObject, Sendable {
    /// The head has come; `false`: the content is not wanted, and the transfer is over.
    func begin(_ head: AnswerHead) -> Bool
    /// `false` ends the transfer.
    func take(_ bytes: Span<UInt8>) -> Bool
    /// Called once, after everything else.
    func end(_ end: TransferEnd)
}

/// The status of an answer and its fields, names in lower case.
struct AnswerHead: Sendable {
    var status = 0
    var fields: [(name: String, value: String)] = []

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The store's own fault, and worth another try.
    var isFailing: Bool { status >= 500 || status == 429 }
}

enum TransferEnd: Sendable {
    case done
    /// The receiver would have no more.
    case refused
    /// Before an answer was whole.
    case failed(TransferFailure)
}

/// Why there was no answer, or not all of it.
enum TransferFailure: Error, Equatable, CustomStringConvertible, Sendable {
    /// As libcurl says it.
    case transport(String, isUnreachable: Bool)
    /// The first byte of the answer did not come in time.
    case noAnswer
    /// Less came, or went, than is to be expected of a store that is well.
    case slow
    /// As many as may wait are waiting.
    case busy
    /// Its turn came too late.
    case late
    case ended

    var description: String {
        switch self {
        case .transport(let reason, _): reason
        case .noAnswer: "no answer in time"
        case .slow: "too slow"
        case .busy: "too many requests are waiting for the store"
        case .late: "its turn did not come in time"
        case .ended: "the edge ends"
        }
    }

    var outcome: ObjectOutcome {
        switch self {
        case .transport(_, let isUnreachable): isUnreachable ? .unreachable : .broken
        case .noAnswer: .unanswered
        case .slow: .slow
        case .busy, .late, .ended: .unasked
        }
    }
}
