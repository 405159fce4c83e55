internal import LinuxIO
internal import Synchronization

/// Counted over all loops of a server. Touched where a connection begins and ends, never by the
/// requests between.
final class SharedCounts: Sendable {
    let connections = Atomic(0)
    let accepted = Atomic(0)
    /// Closed at once for their address's limit.
    let refused = Atomic(0)
    /// Handshakes that came to their end: whole ones, and those that went on with an earlier
    /// session.
    let shaken = Atomic(0)
    let resumed = Atomic(0)
    /// And those that did not.
    let unshaken = Atomic(0)
    /// Closed because others waited and their address had more than its share.
    let shed = Atomic(0)
    /// Closed because no header of the PROXY protocol came from who is trusted.
    let ungreeted = Atomic(0)
    /// When somebody last had to wait for a connection (monotonic nanoseconds).
    private let waitedAt = Atomic<UInt64>(0)
    /// And for which loop.
    private let waitedOn = Atomic(-1)
    let isDraining = Atomic(false)
    /// Signalled when the last connection ends during a drain.
    let emptied = Semaphore()
    private let perAddressLimit: Int
    private let perAddress = Mutex<[PeerAddress: Int]>([:])

    /// - Parameter perAddressLimit: 0 for none.
    init(perAddressLimit: Int) { self.perAddressLimit = perAddressLimit }

    /// Counts a connection, unless its address has as many as it may.
    func admit(_ peer: PeerAddress) -> Bool {
        guard countAddress(peer) else {
            refused.add(1, ordering: .relaxed)
            return false
        }
        connections.add(1, ordering: .relaxed)
        return true
    }

    /// The end of a connection that was admitted.
    func release(_ peer: PeerAddress) {
        leave()
        uncountAddress(peer)
    }

    /// A connection whose client is not known yet counts for no address.
    func enterGreeting() { connections.add(1, ordering: .relaxed) }
    func leaveGreeting() { leave() }

    /// The client of an admitted connection is somebody else. Whether that one may have it.
    func readmit(_ peer: PeerAddress, as client: PeerAddress) -> Bool {
        guard countAddress(client) else {
            refused.add(1, ordering: .relaxed)
            return false
        }
        uncountAddress(peer)
        return true
    }

    private func leave() {
        let left = connections.subtract(1, ordering: .relaxed).newValue
        if left == 0, isDraining.load(ordering: .relaxed) { emptied.signal() }
    }

    private func uncountAddress(_ peer: PeerAddress) {
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
            guard perAddressLimit == 0 || count < perAddressLimit else { return false }
            counts[network] = count + 1
            return true
        }
    }

    // MARK: Sharing

    func noteWait(at now: UInt64, on loop: Int) {
        waitedOn.store(loop, ordering: .relaxed)
        waitedAt.store(now, ordering: .relaxed)
    }

    /// Whether somebody has waited within the last second, and for another loop than this one.
    func isAwaited(at now: UInt64, besides loop: Int) -> Bool {
        let last = waitedAt.load(ordering: .relaxed)
        return last != 0 && now &- last < 1_000_000_000
            && waitedOn.load(ordering: .relaxed) != loop
    }

    /// The address, or the /64 of IPv6, with the most connections, if those are more than so many.
    func heaviest(above share: Int) -> PeerAddress? {
        perAddress.withLock { counts in
            guard let most = counts.max(by: { $0.value < $1.value }), most.value > share
            else { return nil }
            return most.key
        }
    }
}
