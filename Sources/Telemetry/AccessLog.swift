internal import JSON
import Synchronization

/// The access log: a ring for each event loop and one writer that turns records into JSON lines.
///
/// A loop never formats and never waits: it copies a record into its ring, and when the ring is
/// full the line is dropped and counted. The writer's thread runs `run(pause:write:)`.
package final class AccessLog: Sendable {
    private let rings: [AccessRing]
    private let wake: @Sendable () -> Void
    private let closing = Atomic<Bool>(false)
    /// Bytes of lines that leave in one write, about.
    private static let batchByteCount = 64 * 1024
    /// Records of one ring before the next ring gets its turn.
    private static let turnLength = 64

    /// - Parameters:
    ///   - ringCapacity: records a loop may be ahead of the writer, a power of two; 384 bytes
    ///     each.
    ///   - wake: ends the writer's pause early; called on a loop's thread when its ring gets half
    ///     full, and by `close()`.
    package init(
        loopCount: Int, ringCapacity: Int = 4096, wake: @escaping @Sendable () -> Void
    ) {
        rings = (0..<loopCount).map { _ in AccessRing(capacity: ringCapacity, wake: wake) }
        self.wake = wake
    }

    var ringCount: Int { rings.count }
    func ring(_ index: Int) -> AccessRing { rings[index] }

    /// Writes lines until the log is closed and every ring is empty.
    ///
    /// - Parameters:
    ///   - pause: waits until woken or for a moment; called when there was nothing to write.
    ///   - write: takes whole lines; may block: then lines get dropped, not requests delayed.
    package func run(pause: () -> Void, write: (Span<UInt8>) -> Void) {
        var batch = JSONWriter(reserving: 2 * Self.batchByteCount)
        while true {
            let last = closing.load(ordering: .acquiring)
            let moved = fill(&batch)
            if moved > 0 {
                batch.flush(write)
            } else if last {
                return
            } else {
                pause()
            }
        }
    }

    /// Lets the writer finish what is queued and return. The loops must have stopped by then.
    package func close() {
        closing.store(true, ordering: .releasing)
        wake()
    }

    private func fill(_ batch: inout JSONWriter) -> Int {
        var total = 0
        while batch.byteCount < Self.batchByteCount {
            var moved = 0
            for ring in rings {
                moved += ring.take(atMost: Self.turnLength) { request, target, remote, reason in
                    AccessLine.append(
                        request, target: target, remote: remote, reason: reason, to: &batch)
                }
            }
            if moved == 0 { break }
            total += moved
        }
        return total
    }
}
