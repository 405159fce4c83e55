internal import Synchronization

/// How many of what, counted on several threads.
final class Tally: Sendable {
    enum Kind: Hashable { case made, known }

    private let counts = Mutex<[Kind: Int]>([:])

    func count(_ kind: Kind) { counts.withLock { $0[kind, default: 0] += 1 } }
    func value(_ kind: Kind) -> Int { counts.withLock { $0[kind, default: 0] } }
}
