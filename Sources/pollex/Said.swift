internal import Synchronization

/// What went wrong on several threads, told when the line of progress has ended.
final class Said: Sendable {
    private let complaints = Mutex<[String]>([])
    /// Beyond it only their number is told.
    private static let limit = 1000
    private let count = Atomic(0)

    var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }

    func failed(_ complaint: String) {
        let before = count.wrappingAdd(1, ordering: .relaxed).oldValue
        if before < Self.limit { complaints.withLock { $0.append(complaint) } }
    }

    func tell() {
        for complaint in complaints.withLock({ $0 }) { Main.complain(complaint) }
        let more = count.load(ordering: .relaxed) - Self.limit
        if more > 0 { Main.complain("and \(more) more failed") }
    }
}
