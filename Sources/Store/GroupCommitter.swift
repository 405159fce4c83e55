internal import CLMDB
internal import LinuxIO
internal import Synchronization

/// Durable writes by many at the price of one flush: a thread of its own takes what waits, runs it
/// in one transaction, commits, and then completes each caller.
///
/// What holds: a caller hears of success only after the commit (and, in a durable store, the flush)
/// returned; an operation that throws is undone alone; operations run in the order they were
/// accepted.
///
/// As nearly none throws, a batch is tried as it is, and only where one threw undone and run again
/// with a nested transaction for each: LMDB copies every page that a nested one touches, which was
/// a sixth of what an entry into an index of 300,000 images cost.
package final class GroupCommitter: Sendable {
    private struct Operation: Sendable {
        /// Runs in the transaction; its verdict awaits the commit.
        let run: @Sendable (borrowing WriteTransaction) throws(StoreError) -> Void
        /// Called once: with `nil` after the commit, or with what went wrong.
        let complete: @Sendable (StoreError?) -> Void
    }

    private let queue: WorkQueue<Operation>
    /// `nil` once joined.
    private let thread: Mutex<RunningThread?>

    /// At most `maximumQueueCount` operations wait, at most `maximumBatchCount` share a commit.
    package init(
        _ store: Store, maximumQueueCount: Int = 4096, maximumBatchCount: Int = 256
    ) throws(StoreError) {
        queue = WorkQueue(maximumCount: maximumQueueCount)
        let committing = Committing(store: store, queue: queue, batch: maximumBatchCount)
        do throws(SystemError) {
            thread = Mutex(try RunningThread(name: "index-commit") { committing.run() })
        } catch {
            throw .other(code: error.code)
        }
    }

    deinit { close() }

    /// Runs `operation` in the next transaction; returns when it is committed.
    /// It runs on the committer's thread, must not wait, and may run twice: the first time is
    /// undone then.
    ///
    /// - Throws: what `operation` threw, `busy` at once when the queue is full, or what the commit
    ///   said; in every case nothing of it is kept.
    package func commit<R: Sendable>(
        _ operation:
            @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let result = await withCheckedContinuation { continuation in
            submit(operation) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// As `commit`; `completion` runs once, on the committer's thread or, when refused, on this
    /// one.
    package func submit<R: Sendable>(
        _ operation:
            @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> R,
        completion: @escaping @Sendable (Result<R, StoreError>) -> Void
    ) {
        let outcome = Outcome<R>()
        let offered = queue.offer(
            Operation(
                run: { transaction throws(StoreError) in
                    let value = try operation(transaction)
                    outcome.value.withLock { $0 = value }
                },
                complete: { error in
                    if let error { return completion(.failure(error)) }
                    guard let value = outcome.value.withLock({ $0 }) else {
                        preconditionFailure("committed an operation that did not run")
                    }
                    completion(.success(value))
                }))
        switch offered {
        case .accepted: return
        case .full: completion(.failure(.busy))
        case .closed: completion(.failure(.closed))
        }
    }

    /// No more is accepted; returns when what waits is committed and completed and the thread has
    /// ended. Blocks for that long: not for an event loop, nor from an operation.
    package func close() {
        queue.close()
        let running = thread.withLock { $0.take() }
        running?.join()
    }

    /// Carries a value from the operation to its completion, over the commit between them.
    private final class Outcome<R: Sendable>: Sendable {
        let value = Monitor<R?>(nil)
    }

    /// The thread's side. Holds the store, not the committer, whose end closes the queue.
    private struct Committing: Sendable {
        let store: Store
        let queue: WorkQueue<Operation>
        let batch: Int

        func run() {
            while let operations = queue.take(atMost: batch, timeoutSeconds: 3600) {
                if !operations.isEmpty { commit(operations) }
            }
        }

        private func commit(_ operations: [Operation]) {
            var errors = [StoreError?](repeating: nil, count: operations.count)
            do throws(StoreError) {
                if try !commitTogether(operations) { try commitApart(operations, &errors) }
            } catch {
                for index in errors.indices where errors[index] == nil { errors[index] = error }
            }
            for (operation, error) in zip(operations, errors) { operation.complete(error) }
        }

        /// `false`: one of them threw, and nothing is done.
        private func commitTogether(_ operations: [Operation]) throws(StoreError) -> Bool {
            let transaction = try unsafe store.beginWriting()
            do throws(StoreError) {
                for operation in operations {
                    try unsafe operation.run(WriteTransaction(Transaction(handle: transaction)))
                }
            } catch {
                unsafe mdb_txn_abort(transaction)
                return false
            }
            try unsafe store.commit(transaction)
            return true
        }

        private func commitApart(
            _ operations: [Operation], _ errors: inout [StoreError?]
        ) throws(StoreError) {
            let transaction = try unsafe store.beginWriting()
            for (index, operation) in operations.enumerated() {
                do throws(StoreError) {
                    try unsafe runNested(operation, in: transaction)
                } catch {
                    errors[index] = error
                }
            }
            try unsafe store.commit(transaction)
        }

        private func runNested(
            _ operation: Operation, in parent: OpaquePointer
        ) throws(StoreError) {
            let nested = try unsafe store.begin(parent: parent, flags: 0)
            do throws(StoreError) {
                try unsafe operation.run(WriteTransaction(Transaction(handle: nested)))
            } catch {
                unsafe mdb_txn_abort(nested)
                throw error
            }
            try unsafe StoreError.check(mdb_txn_commit(nested))
        }
    }
}
