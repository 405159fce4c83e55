import Foundation
import Synchronization

/// Takes the lines of a child's stream as they come, so that it never waits for a reader.
final class LineCollector: Sendable {
    let pipe = Pipe()
    private let state = NSCondition()
    private let collected = Mutex<(lines: [String], ended: Bool)>(([], false))

    var lines: [String] { collected.withLock { $0.lines } }

    /// Reads on a thread of its own until the stream ends.
    func start() {
        Thread.detachNewThread { [self] in
            var rest = Data()
            while true {
                let chunk = pipe.fileHandleForReading.availableData
                rest.append(chunk)
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
                    rest = rest[rest.index(after: end)...]
                    collected.withLock { $0.lines.append(line) }
                }
                if chunk.isEmpty { collected.withLock { $0.ended = true } }
                state.lock()
                state.broadcast()
                state.unlock()
                if chunk.isEmpty { return }
            }
        }
    }

    /// The first line that passes, waiting for it; `nil` when the stream ends or time is up first.
    func await(seconds: Int, where passes: (String) -> Bool) -> String? {
        let deadline = Date(timeIntervalSinceNow: TimeInterval(seconds))
        var seen = 0
        state.lock()
        defer { state.unlock() }
        while true {
            let (lines, ended) = collected.withLock { $0 }
            if let found = lines[seen...].first(where: passes) { return found }
            seen = lines.count
            if ended || !state.wait(until: deadline) {
                return collected.withLock { $0.lines }[seen...].first(where: passes)
            }
        }
    }
}
