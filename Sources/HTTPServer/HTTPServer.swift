package import LinuxIO
internal import Synchronization

/// Listeners and connections of one address on loops of their own.
///
/// Each loop has its own listener in a group that shares the port, so that a connection lives and
/// dies on one thread and no lock is between them.
package final class HTTPServer: Sendable {
    /// Where it listens, the port chosen by the kernel filled in.
    package let address: SocketAddress
    private let counts: SharedCounts
    private let mailboxes = Mutex<[Mailbox]>([])

    /// - Parameter backlog: connections the kernel keeps while the loops are busy.
    /// - Parameter makeResponder: called once on each loop's thread.
    package init(
        name: String, address: SocketAddress, loopCount: Int, limits: ServerLimits,
        backlog: Int32 = 4096,
        makeResponder: @escaping @Sendable (LoopContext) -> any Responder
    ) throws(SystemError) {
        let counts = SharedCounts(perAddressLimit: limits.connectionsPerAddress)
        self.counts = counts
        let first = try Socket.listen(on: address, backlog: backlog, as: .first)
        let actual = try Socket.localAddress(first.rawValue)
        self.address = actual
        var sockets = [first.release()]
        for _ in 1..<max(1, loopCount) {
            let next = try Socket.listen(on: actual, backlog: backlog, as: .beside)
            sockets.append(next.release())
        }
        for (index, socket) in sockets.enumerated() {
            let thread = try LoopThread.start(name: "\(name)-\(index)") { loop in
                let context = LoopContext(
                    loop: loop, index: index, limits: limits, shared: counts)
                context.responder = makeResponder(context)
                context.listen(OwnedDescriptor(adopting: socket))
                loop.resident = context
            }
            mailboxes.withLock { $0.append(thread.mailbox) }
        }
    }

    package var connectionCount: Int { counts.connections.load(ordering: .relaxed) }
    package var acceptedCount: Int { counts.accepted.load(ordering: .relaxed) }
    /// Of those, closed at once because their address had as many as it may.
    package var refusedCount: Int { counts.refused.load(ordering: .relaxed) }
    /// Of those, closed because others waited and their address had more than its share.
    package var shedCount: Int { counts.shed.load(ordering: .relaxed) }

    /// Waits until the drained server has no connection, or that long. For a thread, not a loop.
    package func waitUntilEmpty(milliseconds: Int) {
        let end = Clock.monotonicNanoseconds() + UInt64(milliseconds) * 1_000_000
        while connectionCount > 0, Clock.monotonicNanoseconds() < end {
            counts.emptied.wait(milliseconds: 100)
        }
    }

    /// Gives each loop another responder, between two turns, and returns when all have it, or after
    /// ten seconds: a loop that is held up for so long gets it later. What is under way keeps the
    /// one that it came to. For a thread, not a loop.
    package func renew(_ makeResponder: @escaping @Sendable (LoopContext) -> any Responder) {
        let renewed = Semaphore()
        let mailboxes = mailboxes.withLock { $0 }
        for mailbox in mailboxes {
            mailbox.post { loop in
                if let context = loop.resident as? LoopContext {
                    context.responder = makeResponder(context)
                }
                renewed.signal()
            }
        }
        let end = Clock.monotonicNanoseconds() + 10_000_000_000
        for _ in mailboxes {
            let left = end - min(end, Clock.monotonicNanoseconds())
            renewed.wait(milliseconds: Int(left / 1_000_000))
        }
    }

    /// Stops accepting and lets every request under way finish; `connectionCount` reaches 0.
    package func drain() {
        counts.isDraining.store(true, ordering: .relaxed)
        for mailbox in mailboxes.withLock({ $0 }) {
            mailbox.post { loop in (loop.resident as? LoopContext)?.drain() }
        }
    }
}
