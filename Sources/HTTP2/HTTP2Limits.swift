internal import CH2

/// What one HTTP/2 connection may take of the server.
package struct HTTP2Limits: Equatable, Sendable {
    /// Requests at once; further ones are refused, and may be asked again.
    package var streams: UInt32 = 128
    /// Of a body, before its handler has read on, and to what it may grow.
    package var streamWindow: UInt32 = 256 * 1024
    package var largestStreamWindow: UInt32 = 2 << 20
    /// Of all bodies.
    package var connectionWindow: UInt32 = 1024 * 1024
    package var largestConnectionWindow: UInt32 = 4 << 20
    /// Of a request's head, as HTTP/1.1 has it.
    package var headByteCount = 16_384
    /// What frames may cost beyond what they bring: 4 KiB for each that brings nothing. Requests,
    /// content and time make up for it.
    package var strain: Int64 = 8 << 20

    package init() {}

    var raw: CH2Limits {
        CH2Limits(
            streams: streams, streamWindow: streamWindow, connectionWindow: connectionWindow,
            headBytes: UInt32(headByteCount), strain: strain)
    }
}
