package import Rendition
internal import Synchronization

/// One change at a time to each original: a commit must not meet a delete of the same hash.
package final class HashLocks: Sendable {
    /// Who waits for each hash that is being changed, in order.
    private let waiting = Mutex<[ContentHash: [CheckedContinuation<Void, Never>]]>([:])

    package init() {}

    /// To be followed by `release`.
    package func acquire(_ hash: ContentHash) async {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                guard waiting[hash] != nil else {
                    waiting[hash] = []
                    return true
                }
                waiting[hash]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    package func release(_ hash: ContentHash) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard var queue = waiting[hash], !queue.isEmpty else {
                waiting[hash] = nil
                return nil
            }
            let first = queue.removeFirst()
            waiting[hash] = queue
            return first
        }
        next?.resume()
    }
}
