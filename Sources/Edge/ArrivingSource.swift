internal import HTTPServer
internal import LinuxIO
internal import Originals
internal import Synchronization

/// An original that is sent while it comes from its store. Where its bytes prove wrong, or do not
/// come, the last of them is never sent: the connection ends before, and the client sees an answer
/// that is shorter than its `Content-Length`.
final class ArrivingSource: BodySource, Sendable {
    private let arrival: Arrival
    /// What its reader waits for, which has all that has come.
    private let wanted = Mutex<Range<Int>?>(nil)

    init(_ arrival: Arrival) { self.arrival = arrival }

    // A stream may be reset while it waits.
    deinit { arrival.leave(self) }

    func send(_ range: Range<Int>, by transport: Transport) -> IOResult {
        let part = arrival.part(range)
        if case .notYet = part {
            wanted.withLock { $0 = range }
            return .wouldBlock
        }
        wanted.withLock { $0 = nil }
        guard case .here(let file, let byteCount) = part else { return .ended }
        return transport.send(
            from: FilePlace(descriptor: file.rawValue, offset: range.lowerBound),
            byteCount: byteCount)
    }

    var grows: Bool { wanted.withLock { $0 != nil } }

    func whenMore(_ action: @escaping @Sendable () -> Void) {
        guard let range = wanted.withLock({ $0 }) else { return action() }
        arrival.whenMore(of: range, for: self, action)
    }
}
