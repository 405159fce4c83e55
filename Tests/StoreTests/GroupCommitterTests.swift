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
