internal import HTTPServer
internal import LinuxIO
internal import Originals

/// An original that is sent while it comes from its store. Where its bytes prove wrong, or do not
/// come, the last of them is never sent: the connection ends before, and the client sees an answer
/// that is shorter than its `Content-Length`.
final class ArrivingSource: BodySource, Sendable {
    private let arrival: Arrival

    init(_ arrival: Arrival) { self.arrival = arrival }

    func send(_ range: Range<Int>, by transport: Transport) -> IOResult {
        switch arrival.part(range) {
        case .here(let file, let byteCount):
            transport.send(
                from: FilePlace(descriptor: file.rawValue, offset: range.lowerBound),
                byteCount: byteCount)
        case .notYet: .wouldBlock
        case .never: .ended
        }
    }

    var grows: Bool { true }

    func whenMore(_ action: @escaping @Sendable () -> Void) { arrival.whenMore(action) }
}
