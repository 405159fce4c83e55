package import HTTP
package import LinuxIO

/// The answer to one request, as whoever gives it sees it: what the request came on, and how its
/// bytes leave, is behind it. Good for the call that it is handed to.
package struct Reply {
    private let connection: HTTP1Connection

    @inline(__always)
    init(on connection: HTTP1Connection) { self.connection = connection }

    /// Who asked, as far as those who passed it on are trusted.
    package var peer: PeerAddress { connection.client }

    /// Whether the answer is not out yet.
    package var isSending: Bool { connection.isSending }

    /// Whom to tell when it is.
    package func tell(_ account: any ResponseAccount) { connection.account = account }

    /// Appends to the head in the loop's output what is to be said of the connection, if anything.
    package func appendConnectionField() { connection.appendConnectionField() }

    /// Sends the head composed in the loop's output, and nothing behind it.
    package func transmit(status: Status) { connection.transmit(status: status) }

    /// Sends the head composed in the loop's output and all of `content` behind it. What the
    /// client does not take at once is continued from `source`, which is only made then.
    ///
    /// - Parameters:
    ///   - content: may lie in a map whose file can not be read any more: then `source` is asked
    ///     for it, finds the same, and the connection ends.
    ///   - file: where the same content lies in a file, if it does.
    @inline(__always)
    package func transmit(
        status: Status, content: RawSpan, file: FilePlace?, from offset: Int,
        continuing source: () -> any BodySource
    ) {
        connection.transmit(
            status: status, content: content, file: file, from: offset, continuing: source)
    }

    /// Sends the head composed in the loop's output, then `segments` in order.
    package func transmit(status: Status, segments: [Segment]) {
        connection.transmit(status: status, segments: segments)
    }

    /// Sends a response from off the hit path.
    package func send(_ response: Response) { connection.send(response) }

    /// Gives the request to a handler elsewhere. `bytes` are the head's.
    package func handOver(_ head: RequestHead, bytes: Span<UInt8>) -> Exchange {
        connection.handOver(head, bytes: bytes)
    }
}
