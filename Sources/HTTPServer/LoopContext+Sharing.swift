internal import LinuxIO
internal import Synchronization

/// Who makes room when all connections are taken and somebody waits: of the address that has the
/// most, if that is more than its share, the slowest. So one client that takes all of them, however
/// patiently it reads, loses them one by one to those who come, and nobody else loses any.
extension LoopContext {
    /// Looked for at once; more are found at the next tick.
    private static let batch = 256
    /// Of a tick, for those who wait on other loops.
    private static let batchForOthers = 16

    /// An eighth of all: what is below is nobody's excess.
    private var share: Int { max(1, limits.connections / 8) }

    /// Finds who may go, slowest last. Cost: one look at every connection of the loop.
    func findSlowest() {
        slowest = []
        guard let network = shared.heaviest(above: share) else { return }
        var found: [(token: EventLoop.Token, bytesPerSecond: UInt64)] = []
        loop.forEachHandler { handler in
            guard let connection = handler as? Connection, connection.peer.network == network,
                let token = connection.token,
                let rate = connection.bytesPerSecond(now: loop.nowNanoseconds)
            else { return }
            found.append((token, rate))
        }
        found.sort { $0.bytesPerSecond < $1.bytesPerSecond }
        slowest = found.prefix(Self.batch).reversed().map(\.token)
    }

    /// Ends one of those that were found, if it is still slow.
    func shedOne() -> Bool {
        while let token = slowest.popLast() {
            guard let connection = loop.handler(token) as? Connection,
                connection.bytesPerSecond(now: loop.nowNanoseconds) != nil
            else { continue }
            shared.shed.add(1, ordering: .relaxed)
            connection.reset()
            return true
        }
        return false
    }

    /// While somebody waits on another loop.
    func shedForOthers() {
        findSlowest()
        for _ in 0..<Self.batchForOthers where !shedOne() { return }
    }
}

extension Connection {
    /// How fast it goes while its client's turn lasts, once that lasts a second; `nil`: it is not
    /// the client who is waited for, or not for long. Those without a request are closed without
    /// this (`tickIdle`).
    func bytesPerSecond(now: UInt64) -> UInt64? {
        guard now > phaseStart, now - phaseStart > 1_000_000_000 else { return nil }
        let milliseconds = (now - phaseStart) / 1_000_000
        switch phase {
        case .readingHead: return inbound.isEmpty ? nil : 0
        case .exchanging:
            if body.isComplete || isReadingPaused || awaitsContinue { return nil }
            return movedByteCount * 1000 / milliseconds
        case .writing: return UInt64(max(0, sentByteCount)) * 1000 / milliseconds
        case .discarding, .lingering: return 0
        case .closed: return nil
        }
    }
}
