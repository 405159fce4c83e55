package import HTTP

/// What one connection may take of the server. Every wait on a peer ends by one of these.
package struct ServerLimits: Sendable {
    package var head = HeadLimits()
    /// Connections over all loops; further ones wait in the kernel's backlog, and while they do,
    /// those without a request are closed after a second, and of an address that has more than an
    /// eighth of all the slowest make room.
    package var connections = 20_000
    /// Connections of one address (of one /64 in IPv6); further ones are closed at once. 0: no
    /// limit, as behind a balancer, whose address all of them have.
    package var connectionsPerAddress = 0
    /// A connection without a request under way.
    package var idleSeconds: UInt64 = 75
    /// From the first byte of a head to its last.
    package var headSeconds: UInt64 = 10
    /// A body must come on average at least this fast …
    package var bodyMinimumBytesPerSecond: UInt64 = 1024
    /// … once it is this long under way.
    package var bodyGraceSeconds: UInt64 = 10
    /// A response must be taken on average at least this fast …
    package var sendMinimumBytesPerSecond: UInt64 = 512
    /// … once it is this long under way.
    package var sendGraceSeconds: UInt64 = 10
    /// An unread body of at most this size is read and dropped to keep the connection.
    package var discardedBodyBytes: UInt64 = 64 * 1024
    /// Body bytes held for a consumer that is slower than the network; then reading pauses.
    package var bufferedBodyBytes = 256 * 1024
    /// After a response that closes: how long the peer may take to notice.
    package var lingerSeconds: UInt64 = 2

    package init() {}
}
