internal import CLinux
internal import Glibc
internal import Synchronization

/// What other threads may do to an event loop: leave work for it. Also the task executor that
/// runs `async` handlers on the loop.
///
/// Bounded by what its senders hold: each sender posts once per event of its own (a worker's
/// answer, a task's continuation), and those are bounded where they are admitted.
package final class Mailbox: TaskExecutor, Sendable {
    package typealias Work = @Sendable (EventLoop) -> Void

    enum Item {
        case work(Work)
        case job(UnownedJob)
    }

    private let items = Mutex<[Item]>([])
    /// Something was left since the loop last took: it need not be woken again.
    private let hasItems = Atomic(false)
    private let wakeDescriptor: OwnedDescriptor

    init() throws(SystemError) {
        wakeDescriptor = OwnedDescriptor(
            adopting: try systemCall("eventfd") {
                eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
            })
    }

    var descriptor: CInt { wakeDescriptor.rawValue }

    /// Runs `work` on the loop's thread, in the order posted.
    package func post(_ work: @escaping Work) { put(.work(work)) }

    package func enqueue(_ job: consuming ExecutorJob) { put(.job(UnownedJob(job))) }

    /// Everything left so far. One relaxed load when there is nothing.
    func take(into taken: inout [Item]) {
        guard hasItems.load(ordering: .relaxed) else { return }
        // Before the items are taken: whoever adds one after that wakes the loop again.
        hasItems.store(false, ordering: .sequentiallyConsistent)
        items.withLock { swap(&taken, &$0) }
    }

    /// Clears the wake-up; called when the descriptor is readable.
    func acknowledge() {
        var value: UInt64 = 0
        _ = unsafe read(wakeDescriptor.rawValue, &value, 8)
    }

    private func put(_ item: Item) {
        items.withLock { $0.append(item) }
        if hasItems.exchange(true, ordering: .sequentiallyConsistent) { return }
        var one: UInt64 = 1
        // Fails only when the counter is full, and then the loop is awake anyway.
        _ = unsafe write(wakeDescriptor.rawValue, &one, 8)
    }
}
