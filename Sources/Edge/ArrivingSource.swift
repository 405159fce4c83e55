internal import HTTPServer
internal import LinuxIO
internal import Originals
internal import Synchronization

/// An original that is sent while it comes from its store. Where its bytes prove wrong, or do not
/// come, the last of them is never sent: the connection ends before, and the client sees an answer
/// that is shorter than its `Content-Length`.
final class ArrivingSource: BodySource, Sendable {
    private let arrival: Arrival
    /// The reader has all that has come, and waits for more.
    private let isStarved = Atomic(false)

    init(_ arrival: Arrival) { self.arrival = arrival }

    func send(_ range: Range<Int>, by transport: Transport) -> IOResult {
        let part = arrival.part(range)
        if case .notYet = part {
            isStarved.store(true, ordering: .relaxed)
            return .wouldBlock
        }
        isStarved.store(false, ordering: .relaxed)
        guard case .here(let file, let byteCount) = part else { return .ended }
        return transport.send(
            from: FilePlace(descriptor: file.rawValue, offset: range.lowerBound),
            byteCount: byteCount)
    }

    var grows: Bool { isStarved.load(ordering: .relaxed) }

    func whenMore(_ action: @escaping @Sendable () -> Void) { arrival.whenMore(action) }
}
