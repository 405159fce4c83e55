internal import Events
internal import ImageIndex
internal import LinuxIO
internal import PostgreSQL
internal import Store
internal import Synchronization

/// What is true of an index that several edges share: states by name, in a database.
///
/// What holds: a state changes only from the number that it was made of, so that of two who change
/// the same one goes first and the other one begins again; nothing is locked while an edge thinks.
/// Numbers are given in the transaction of the change, by one row that all changes follow each
/// other on.
final class Ledger: IndexTruth {
    private let records: SharedRecords
    private let outbox: Outbox
    /// Rung by each change.
    private let changed: WakeUp
    private let counts = LedgerCounts()

    /// - Parameter line: of the committer alone, which waits for it.
    init(_ line: Line, outbox: Outbox, changed: WakeUp) {
        records = SharedRecords(line)
        (self.outbox, self.changed) = (outbox, changed)
    }

    var commitCount: UInt64 { counts.commits.load(ordering: .relaxed) }
    var collisionCount: UInt64 { counts.collisions.load(ordering: .relaxed) }

    func records(of names: [[UInt8]]) throws(StoreError) -> KnownRecords {
        try records.records(of: names)
    }

    func enter(
        _ changes: [StateChange], _ events: [UntoldEvent]
    ) throws(StoreError) {
        let statements = SharedRecords.transaction(changes, outbox.insertion(of: events))
        do throws(DatabaseError) {
            try records.line.run(statements)
        } catch {
            let told = StoreError(error)
            if told == .collided { counts.collisions.wrappingAdd(1, ordering: .relaxed) }
            throw told
        }
        counts.commits.wrappingAdd(1, ordering: .relaxed)
        changed.ring()
    }
}

private final class LedgerCounts: Sendable {
    let commits = Atomic<UInt64>(0)
    let collisions = Atomic<UInt64>(0)
}

extension StoreError {
    init(_ error: DatabaseError) {
        self =
            switch error {
            case .away, .timedOut: .away
            case .full: .diskFull
            // Of two transactions one had to make way, or a state had another number.
            case .refused("40001", _), .refused("40P01", _), .refused("22012", _): .collided
            // It answers, and will not: as good as away, but for the log.
            case .refused: .away
            }
    }
}
