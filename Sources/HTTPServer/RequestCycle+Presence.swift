/// Whether anybody waits for the answer that is made elsewhere.
///
/// A client that has said that it sends no more (FIN) may wait for its answer: `nc -N`, `socat` and
/// others do that. One that has closed its socket, as a browser does that goes to another page,
/// says the same and nothing else. Only what they do with bytes tells them apart: the kernel of one
/// that has gone answers them with a reset, which is an event (EPOLLHUP) and means that the request
/// is abandoned. So when a client has finished sending, its answer is begun: every one begins with
/// the same nine bytes. The first goes at once, one more every second, for a client may also leave
/// later.
extension RequestCycle {
    private static let beginning: StaticString = "HTTP/1.1 "

    /// Whether the request is whole and its client may have left.
    var mayBeAbandoned: Bool { phase == .exchanging && peerHasFinished && body.isComplete }

    /// The next byte of an answer that is not there yet; `nil` when it has to be made first.
    var nextBegunByte: UInt8? {
        guard begunByteCount < Self.beginning.utf8CodeUnitCount else { return nil }
        return unsafe Self.beginning.utf8Start[begunByteCount]
    }
}
