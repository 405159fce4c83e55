package import Events
package import Store

/// A change of a state, for those who keep it for several edges.
package struct StateChange: Equatable, Sendable {
    package let name: [UInt8]
    package let bytes: [UInt8]
    /// The number of the change that it was made of; 0: there was none.
    package let expected: Int64

    package init(name: [UInt8], bytes: [UInt8], expected: Int64) {
        (self.name, self.bytes, self.expected) = (name, bytes, expected)
    }
}

/// Where what is true of images is kept for several edges; each has all of it here too.
package protocol IndexTruth: Sendable {
    /// What is there of these names.
    func records(of names: [[UInt8]]) throws(StoreError) -> KnownRecords

    /// Keeps these states and events, all or nothing.
    ///
    /// - Throws: `collided` when one of them has another number than expected.
    func enter(_ changes: [StateChange], _ events: [UntoldEvent]) throws(StoreError)
}

/// Holds an index on this machine and the truth together, batch by batch.
struct Agreement: CommitPartner {
    let truth: any IndexTruth
    let tables: Tables
    let untold: UntoldEvents

    func gather(_ names: Set<[UInt8]>) throws(StoreError) -> KnownRecords {
        guard !names.isEmpty else { return [:] }
        var known = try truth.records(of: Array(names))
        // What is in no table there is known to be nothing.
        for name in names where known[name] == nil {
            known[name] = KnownRecord(number: 0, bytes: [])
        }
        return known
    }

    func begin(
        _ known: KnownRecords, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        for (name, record) in known {
            guard let key = StateKey(name: name) else { throw .damagedRecord }
            try tables.install(record.bytes, as: key, in: transaction)
        }
    }

    func conclude(
        _ known: KnownRecords, in transaction: borrowing WriteTransaction
    ) throws(StoreError) {
        var changes: [StateChange] = []
        for (name, record) in known {
            guard let key = StateKey(name: name) else { throw .damagedRecord }
            let bytes = try tables.state(of: key, in: transaction)
            guard bytes != record.bytes else { continue }
            changes.append(StateChange(name: name, bytes: bytes, expected: record.number))
        }
        let events = try untold.takeAll(in: transaction)
        if changes.isEmpty && events.isEmpty { return }
        try truth.enter(changes, events)
    }
}
