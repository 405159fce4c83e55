internal import Digest

/// Who is told of which events. What waits for one is found by its number after a restart.
package struct Subscriber: Equatable, Sendable {
    package let number: UInt64
    package let kinds: Set<EventKind>
    /// Whether events are seen to where they happened as long as that edge is alive: it has at hand
    /// what they are about.
    package let isNear: Bool

    /// - Parameter address: where it is reached; another address is another subscriber.
    package init(address: String, kinds: Set<EventKind>, isNear: Bool = false) {
        let digest = SHA256Digest(of: Array(address.utf8)).bytes
        number = (0..<8).reduce(0) { $0 << 8 | UInt64(digest[$1]) }
        (self.kinds, self.isNear) = (kinds, isNear)
    }
}
