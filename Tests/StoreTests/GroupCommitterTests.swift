import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Store

@Suite struct GroupCommitterTests {
    let directory: Scratch
    let store: Store

    init() throws {
        directory = try Scratch()
        store = try Store(
            directory: directory.path, databases: ["a"], options: .init(mapByteCount: 16 << 20))
    }

    private func isStored(_ key: UInt8) throws -> Bool {
        try store.read { snapshot throws(StoreError) in
            try snapshot.withValue(for: [key].span, in: store.database("a")) { $0 != nil }
        }
    }

    @Test func concurrentWritesAreAllThereWhenTheyReturn() async throws {
        let committer = try GroupCommitter(store)
        let table = store.database("a")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in UInt8(0)..<200 {
                group.addTask {
                    let echoed = try await committer.commit {
                        transaction throws(StoreError) in
                        try transaction.put([key], for: [key], in: table)
                        return key
                    }
                    #expect(echoed == key)
                    #expect(try isStored(key))
                }
            }
            try await group.waitForAll()
        }
    }

    /// Else something newer could come in between, and be undone by what the partner knew before.
    @Test func nobodyWritesBetweenWhatThePartnerKnowsAndTheCommit() async throws {
        let partner = Partner(store)
        let committer = try GroupCommitter(store, partner: partner)
        let table = store.database("a")
        try await committer.commit { transaction throws(StoreError) in
            try transaction.put([1], for: [1], in: table)
        }
        #expect(partner.isDone.withLock { $0 } == false)
        #expect(try eventually { try isStored(2) })
    }

    /// Has another one write while it looks for what it knows.
    private final class Partner: CommitPartner {
        let store: Store
        let isDone = Mutex<Bool?>(nil)

        init(_ store: Store) { self.store = store }

        func gather(_ names: Set<[UInt8]>) throws(StoreError) -> KnownRecords {
            let table = store.database("a")
            Thread.detachNewThread { [store] in
                try? store.write { transaction throws(StoreError) in
                    try transaction.put([2], for: [2], in: table)
                }
            }
            let isDone = eventually(seconds: 0.3) {
                let found = try? store.read { snapshot throws(StoreError) in
                    try snapshot.withValue(for: [2].span, in: table) { $0 != nil }
                }
                return found == true
            }
            self.isDone.withLock { $0 = isDone }
            return [:]
        }

        func begin(
            _ known: KnownRecords, in transaction: borrowing WriteTransaction
        ) throws(StoreError) {}

        func conclude(
            _ known: KnownRecords, in transaction: borrowing WriteTransaction
        ) throws(StoreError) {}
    }

    @Test func anErrorUndoesItsOwnOperationOnly() async throws {
        let committer = try GroupCommitter(store)
        let table = store.database("a")
        await withTaskGroup(of: Void.self) { group in
            for key in UInt8(0)..<100 {
                group.addTask {
                    let result: Result<Void, StoreError>
                    do throws(StoreError) {
                        try await committer.commit { transaction throws(StoreError) in
                            try transaction.put([key], for: [key], in: table)
                            if key % 3 == 0 { throw StoreError.other(code: CInt(key)) }
                        }
                        result = .success(())
                    } catch {
                        result = .failure(error)
                    }
                    switch result {
                    case .success: #expect(key % 3 != 0)
                    case .failure(let error): #expect(error == .other(code: CInt(key)))
                    }
                }
            }
        }
        for key in UInt8(0)..<100 { #expect(try isStored(key) == (key % 3 != 0)) }
    }

    @Test func aFullQueueRefusesAtOnceAndAClosedOneSaysSo() async throws {
        let committer = try GroupCommitter(store, maximumQueueCount: 1, maximumBatchCount: 1)
        let release = WorkQueue<Int>(maximumCount: 1)
        let started = WorkQueue<Int>(maximumCount: 1)
        committer.submit({ _ in
            _ = started.offer(1)
            _ = release.take(atMost: 1, timeoutSeconds: 60)
        }) { _ in }
        _ = started.take(atMost: 1, timeoutSeconds: 60)
        let answers = Mutex<[StoreError?]>([])
        let answered = WorkQueue<Int>(maximumCount: 10)
        for _ in 0..<2 {
            committer.submit({ _ in }) { result in
                answers.withLock { answers in
                    if case .failure(let error) = result {
                        answers.append(error)
                    } else {
                        answers.append(nil)
                    }
                }
                _ = answered.offer(1)
            }
        }
        #expect(answers.withLock { $0 } == [.busy])
        _ = release.offer(1)
        while answers.withLock({ $0.count }) < 2 {
            _ = answered.take(atMost: 1, timeoutSeconds: 60)
        }
        #expect(answers.withLock { $0 } == [.busy, nil])
        committer.close()
        await #expect(throws: StoreError.closed) { try await committer.commit { _ in } }
    }
}
