internal import HTTP
internal import LinuxIO

/// Whether anybody waits for the answer that is made elsewhere.
///
/// A client that has said that it sends no more (FIN) may wait for its answer: `nc -N`, `socat` and
/// others do that. One that has closed its socket, as a browser does that goes to another page,
/// says the same and nothing else. Only what they do with bytes tells them apart: the kernel of one
/// that has gone answers them with a reset, which is an event (EPOLLHUP) and means that the request
/// is abandoned. So when a client has finished sending, its answer is begun: every one begins with
/// the same nine bytes. The first goes at once, one more every second, for a client may also leave
/// later.
extension Connection {
    private static let beginning: StaticString = "HTTP/1.1 "

    /// Sends the next byte of an answer that is not there yet.
    func beginAnswer() {
        guard begunByteCount < Self.beginning.utf8CodeUnitCount else { return }
        let byte: InlineArray<1, UInt8> = [unsafe Self.beginning.utf8Start[begunByteCount]]
        switch Socket.send(descriptor, byte.span) {
        case .moved: begunByteCount += 1
        case .wouldBlock: break
        case .ended, .failed: close()
        }
    }

    /// While the answer is waited for.
    func checkPresence(elapsedMilliseconds elapsed: UInt64) {
        if elapsed >= UInt64(begunByteCount) * 1000 { beginAnswer() }
    }

    /// Takes from the head that was composed what is out already.
    func continueBegunAnswer() {
        let rest = context.takeOutput(from: begunByteCount)
        context.output.append(rest.span)
        begunByteCount = 0
    }
}
