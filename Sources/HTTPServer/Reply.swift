package import HTTP
package import LinuxIO

/// The answer to one request, as whoever gives it sees it: what the request came on, and how its
/// bytes leave, is behind it. Good for the call that it is handed to.
package struct Reply {
    private enum Way {
        case http1(HTTP1Connection)
        case http2(HTTP2Stream)
    }

    private let way: Way

    @inline(__always)
    init(on connection: HTTP1Connection) { way = .http1(connection) }

    init(on stream: HTTP2Stream) { way = .http2(stream) }

    /// Who asked, as far as those who passed it on are trusted.
    package var peer: PeerAddress {
        switch way {
        case .http1(let connection): connection.client
        case .http2(let stream): stream.client
        }
    }

    /// Whether the answer is not out yet.
    package var isSending: Bool {
        switch way {
        case .http1(let connection): connection.isSending
        case .http2(let stream): stream.isSending
        }
    }

    /// Whom to tell when it is.
    package func tell(_ account: any ResponseAccount) {
        switch way {
        case .http1(let connection): connection.account = account
        case .http2(let stream): stream.tell(account)
        }
    }

    /// Appends to the head in the loop's output what is to be said of the connection, if anything.
    package func appendConnectionField() {
        switch way {
        case .http1(let connection): connection.appendConnectionField()
        case .http2(let stream): stream.connection.appendConnectionField()
        }
    }

    /// Sends the head composed in the loop's output, and nothing behind it.
    package func transmit(status: Status) {
        switch way {
        case .http1(let connection): connection.transmit(status: status)
        case .http2(let stream): stream.transmit(status: status)
        }
    }

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
        switch way {
        case .http1(let connection):
            connection.transmit(
                status: status, content: content, file: file, from: offset, continuing: source)
        case .http2(let stream):
            stream.transmit(
                status: status, content: content, from: offset, continuing: source)
        }
    }

    /// Sends the head composed in the loop's output, then `segments` in order.
    package func transmit(status: Status, segments: [Segment]) {
        switch way {
        case .http1(let connection): connection.transmit(status: status, segments: segments)
        case .http2(let stream): stream.transmit(status: status, segments: segments)
        }
    }

    /// Sends a response from off the hit path.
    package func send(_ response: Response) {
        switch way {
        case .http1(let connection): connection.send(response)
        case .http2(let stream): stream.send(response)
        }
    }

    /// Gives the request to a handler elsewhere. `bytes` are the head's.
    package func handOver(_ head: RequestHead, bytes: Span<UInt8>) -> Exchange {
        switch way {
        case .http1(let connection): connection.handOver(head, bytes: bytes)
        case .http2(let stream): stream.handOver(head, bytes: bytes)
        }
    }
}
