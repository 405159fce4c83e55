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
        let now = loop.nowNanoseconds
        let found = connections.compactMap { connection in
            connection.peer.network == network
                ? connection.bytesPerSecond(at: now).map { (connection, bytesPerSecond: $0) } : nil
        }
        slowest = found.sorted { $0.bytesPerSecond < $1.bytesPerSecond }.prefix(Self.batch)
            .reversed().compactMap { found in found.0.token.map { (found.0, $0) } }
    }

    /// Ends one of those that were found, if it is still slow.
    func shedOne() -> Bool {
        while let (connection, token) = slowest.popLast() {
            // It may be somebody else's by now.
            guard connection.token == token,
                connection.bytesPerSecond(at: loop.nowNanoseconds) != nil
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
