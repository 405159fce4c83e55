package import LinuxIO
internal import Synchronization

/// Listeners and their connections, on loops of their own.
///
/// Each loop has its own listener in a group that shares the port, so that a connection lives and
/// dies on one thread and no lock is between them. A Unix socket can not be shared so: all loops
/// look at the one there is.
package final class HTTPServer: Sendable {
    /// Where it listens, in the order given, ports chosen by the kernel filled in.
    package let places: [ListenerPlace]
    private let counts: SharedCounts
    private let mailboxes = Mutex<[Mailbox]>([])

    /// - Parameter backlog: connections the kernel keeps while the loops are busy.
    /// - Parameter makeResponder: called once on each loop's thread.
    package init(
        name: String, listeners: [ListenerSettings], loopCount: Int, limits: ServerLimits,
        backlog: Int32 = 4096,
        makeResponder: @escaping @Sendable (LoopContext) -> any Responder
    ) throws(Failure) {
        let counts = SharedCounts(perAddressLimit: limits.connectionsPerAddress)
        self.counts = counts
        var sockets = [[(socket: CInt, settings: ListenerSettings)]](
            repeating: [], count: max(1, loopCount))
        var places: [ListenerPlace] = []
        for listener in listeners {
            var settings = listener
            do throws(SystemError) {
                let group = try Self.listen(as: &settings, backlog, loops: sockets.count)
                for (loop, socket) in group.enumerated() {
                    sockets[loop].append((socket, settings))
                }
            } catch {
                Self.close(sockets.joined().map(\.socket))
                throw Failure(place: listener.place, error: error)
            }
            places.append(settings.place)
        }
        self.places = places
        for (index, own) in sockets.enumerated() {
            do throws(SystemError) {
                let thread = try LoopThread.start(name: "\(name)-\(index)") { loop in
                    let context = LoopContext(
                        loop: loop, index: index, limits: limits, shared: counts)
                    context.responder = makeResponder(context)
                    for (socket, settings) in own {
                        context.listen(OwnedDescriptor(adopting: socket), as: settings)
                    }
                    loop.onTick = { [unowned context] in context.tick(nowNanoseconds: $0) }
                    loop.resident = context
                }
                mailboxes.withLock { $0.append(thread.mailbox) }
            } catch {
                // Loops that run keep theirs: who can not start a thread ends.
                Self.close(sockets[index...].joined().map(\.socket))
                throw Failure(place: places[0], error: error)
            }
        }
    }

    private static func close(_ sockets: [CInt]) {
        for socket in sockets { OwnedDescriptor.close(socket) }
    }

    /// The sockets of one listener, one for each loop; the place becomes what it is.
    private static func listen(
        as settings: inout ListenerSettings, _ backlog: Int32, loops: Int
    ) throws(SystemError) -> [CInt] {
        switch settings.place {
        case .address(let address):
            let first = try Socket.listen(on: address, backlog: backlog, as: .first)
            let actual = try Socket.localAddress(first.rawValue)
            settings.place = .address(actual)
            return try beside(first, loops) { () throws(SystemError) in
                try Socket.listen(on: actual, backlog: backlog, as: .beside)
            }
        case .file(let path, let mode, let group):
            let first = try Socket.listen(
                atPath: path, mode: mode, group: group, backlog: backlog)
            let raw = first.rawValue
            return try beside(first, loops) { () throws(SystemError) in try Socket.duplicate(raw) }
        }
    }

    /// The first one and those that `make` adds, one for each loop; none where one can not be.
    private static func beside(
        _ first: consuming OwnedDescriptor, _ loops: Int,
        _ make: () throws(SystemError) -> OwnedDescriptor
    ) throws(SystemError) -> [CInt] {
        var sockets = [first.release()]
        do throws(SystemError) {
            for _ in 1..<loops { sockets.append(try make().release()) }
        } catch {
            close(sockets)
            throw error
        }
        return sockets
    }

    /// Why one of them can not listen.
    package struct Failure: Error {
        package let place: ListenerPlace
        package let error: SystemError
    }

    /// The first that has one.
    package var address: SocketAddress? {
        for case .address(let address) in places { return address }
        return nil
    }

    package var connectionCount: Int { counts.connections.load(ordering: .relaxed) }
    package var acceptedCount: Int { counts.accepted.load(ordering: .relaxed) }
    /// Of those, closed at once because their address had as many as it may.
    package var refusedCount: Int { counts.refused.load(ordering: .relaxed) }
    /// Of those, closed because others waited and their address had more than its share.
    package var shedCount: Int { counts.shed.load(ordering: .relaxed) }

    /// Of those, closed because they did not begin with the header that is asked for.
    package var ungreetedCount: Int { counts.ungreeted.load(ordering: .relaxed) }

    /// Handshakes of TLS: whole ones, those that went on with an earlier session, and those that
    /// did not come to their end.
    package var handshakeCounts: (whole: Int, resumed: Int, failed: Int) {
        (
            counts.shaken.load(ordering: .relaxed), counts.resumed.load(ordering: .relaxed),
            counts.unshaken.load(ordering: .relaxed)
        )
    }

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
