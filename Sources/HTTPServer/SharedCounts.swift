internal import LinuxIO
internal import Synchronization

/// Counted over all loops of a server. Touched where a connection begins and ends, never by the
/// requests between.
final class SharedCounts: Sendable {
    let connections = Atomic(0)
    let accepted = Atomic(0)
    /// Closed at once for their address's limit.
    let refused = Atomic(0)
    let isDraining = Atomic(false)
    /// Signalled when the last connection ends during a drain.
    let emptied = Semaphore()
    private let perAddressLimit: Int
    private let perAddress = Mutex<[PeerAddress: Int]>([:])

    /// - Parameter perAddressLimit: 0 for none.
    init(perAddressLimit: Int) { self.perAddressLimit = perAddressLimit }

    /// Counts a connection, unless its address has as many as it may.
    func admit(_ peer: PeerAddress) -> Bool {
        guard perAddressLimit == 0 || countAddress(peer) else {
            refused.add(1, ordering: .relaxed)
            return false
        }
        connections.add(1, ordering: .relaxed)
        return true
    }

    /// The end of a connection that was admitted.
    func release(_ peer: PeerAddress) {
        let left = connections.subtract(1, ordering: .relaxed).newValue
        if left == 0, isDraining.load(ordering: .relaxed) { emptied.signal() }
        guard perAddressLimit > 0 else { return }
        let network = peer.network
        perAddress.withLock { counts in
            let left = counts[network, default: 0] - 1
            precondition(left >= 0, "released twice")
            counts[network] = left == 0 ? nil : left
        }
    }

    private func countAddress(_ peer: PeerAddress) -> Bool {
        let network = peer.network
        return perAddress.withLock { counts in
            let count = counts[network, default: 0]
            guard count < perAddressLimit else { return false }
            counts[network] = count + 1
            return true
        }
    }
}
