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
        /// What it may read and change, for the partner.
        let names: [[UInt8]]
        /// Runs in the transaction; its verdict awaits the commit.
        let run: @Sendable (borrowing WriteTransaction) throws(StoreError) -> Void
        /// Called once: with `nil` after the commit, or with what went wrong.
        let complete: @Sendable (StoreError?) -> Void
    }

    private let queue: WorkQueue<Operation>
    /// `nil` once joined.
    private let thread: Mutex<RunningThread?>

    /// At most `maximumQueueCount` operations wait, at most `maximumBatchCount` share a commit.
    ///
    /// - Parameter partner: who has to agree to each batch; `nil`: the store is all there is.
    package init(
        _ store: Store, partner: (any CommitPartner)? = nil, maximumQueueCount: Int = 4096,
        maximumBatchCount: Int = 256
    ) throws(StoreError) {
        queue = WorkQueue(maximumCount: maximumQueueCount)
        let committing = Committing(
            store: store, partner: partner, queue: queue, batch: maximumBatchCount)
        do throws(SystemError) {
            thread = Mutex(try RunningThread(name: "index-commit") { committing.run() })
        } catch {
            throw .other(code: error.code)
        }
    }

    deinit { close() }

    /// Runs `operation` in the next transaction; returns when it is committed.
    /// It runs on the committer's thread, must not wait, and may run again: what it did before is
    /// undone then.
    ///
    /// - Parameter names: what it may read and change; of no meaning without a partner.
    /// - Throws: what `operation` threw, `busy` at once when the queue is full, or what the commit
    ///   said; in every case nothing of it is kept.
    package func commit<R: Sendable>(
        naming names: [[UInt8]] = [],
        _ operation:
            @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let result = await withCheckedContinuation { continuation in
            submit(naming: names, operation) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// As `commit`; `completion` runs once, on the committer's thread or, when refused, on this
    /// one.
    package func submit<R: Sendable>(
        naming names: [[UInt8]] = [],
        _ operation:
            @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> R,
        completion: @escaping @Sendable (Result<R, StoreError>) -> Void
    ) {
        let outcome = Outcome<R>()
        let offered = queue.offer(
            Operation(
                names: names,
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
        /// A batch that others got ahead of is run again; so often, and it is told to come again.
        private static let maximumAttempts = 16

        let store: Store
        let partner: (any CommitPartner)?
        let queue: WorkQueue<Operation>
        let batch: Int

        func run() {
            while let operations = queue.take(atMost: batch, timeoutSeconds: 3600) {
                if !operations.isEmpty { commit(operations) }
            }
        }

        private func commit(_ operations: [Operation]) {
            var errors: [StoreError?] = []
            for attempt in 1...Self.maximumAttempts {
                errors = [StoreError?](repeating: nil, count: operations.count)
                do throws(StoreError) {
                    if try !commitTogether(operations) { try commitApart(operations, &errors) }
                    break
                } catch {
                    if error == .collided, attempt < Self.maximumAttempts { continue }
                    let told = error == .collided ? .busy : error
                    for index in errors.indices where errors[index] == nil { errors[index] = told }
                    break
                }
            }
            for (operation, error) in zip(operations, errors) { operation.complete(error) }
        }

        /// `false`: one of them threw, and nothing is done.
        private func commitTogether(_ operations: [Operation]) throws(StoreError) -> Bool {
            try unsafe transact(operations) { transaction throws(StoreError) in
                do throws(StoreError) {
                    for operation in operations {
                        try unsafe operation.run(
                            WriteTransaction(Transaction(handle: transaction)))
                    }
                    return true
                } catch { return false }
            }
        }

        private func commitApart(
            _ operations: [Operation], _ errors: inout [StoreError?]
        ) throws(StoreError) {
            _ = try unsafe transact(operations) { transaction throws(StoreError) in
                for (index, operation) in operations.enumerated() {
                    do throws(StoreError) {
                        try unsafe runNested(operation, in: transaction)
                    } catch {
                        errors[index] = error
                    }
                }
                return true
            }
        }

        /// One transaction, which is undone where `body` returns `false` or something throws. What
        /// the partner knows is asked for in it: nobody brings news between that and the commit,
        /// and so nothing older than what is here is ever put in its place.
        private func transact(
            _ operations: [Operation], _ body: (OpaquePointer) throws(StoreError) -> Bool
        ) throws(StoreError) -> Bool {
            let transaction = try unsafe store.beginWriting()
            do throws(StoreError) {
                let known = try partner?.gather(Set(operations.flatMap(\.names))) ?? [:]
                try unsafe partner?.begin(
                    known, in: WriteTransaction(Transaction(handle: transaction)))
                guard try unsafe body(transaction) else {
                    unsafe mdb_txn_abort(transaction)
                    return false
                }
                try unsafe partner?.conclude(
                    known, in: WriteTransaction(Transaction(handle: transaction)))
            } catch {
                unsafe mdb_txn_abort(transaction)
                throw error
            }
            try unsafe store.commit(transaction)
            return true
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
