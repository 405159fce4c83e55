package import HTTP

/// A response from off the hit path; `Connection` adds `Date`, `Content-Length`, `Connection`.
package struct Response: Sendable {
    package enum Content: Sendable {
        case none
        case bytes([UInt8])
        /// Sent in order. `Content-Length` is the sum.
        case pieces([Piece])
    }

    package enum Piece: Sendable {
        case bytes([UInt8])
        case content(any BodySource & Sendable, Range<Int>)
    }

    package var status: Status
    /// Whole field lines, each with its CRLF.
    package var fields: [UInt8]
    package var content: Content
    /// Told once, when the response is out or its connection has gone.
    package var account: (any ResponseAccount)?

    package init(
        status: Status, fields: [UInt8] = [], content: Content = .none,
        account: (any ResponseAccount)? = nil
    ) {
        self.status = status
        self.fields = fields
        self.content = content
        self.account = account
    }

    var contentByteCount: Int {
        switch content {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .pieces(let pieces): pieces.reduce(0) { $0 + $1.byteCount }
        }
    }
}

extension Response.Piece {
    var byteCount: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .content(_, let range): range.count
        }
    }

    var segment: Segment {
        switch self {
        case .bytes(let bytes): .bytes(bytes)
        case .content(let source, let range): .content(source, range)
        }
    }
}

/// Whoever counts and logs responses.
package protocol ResponseAccount: Sendable {
    /// Also the `X-Request-Id` of errors.
    var requestID: UInt64 { get }

    /// On the connection's loop. `sentByteCount` is what the kernel took, head included.
    func finished(status: Status, sentByteCount: Int, isWhole: Bool)
}
