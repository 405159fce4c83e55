package import HTTP

/// What one connection may take of the server. Every wait on a peer ends by one of these.
package struct ServerLimits: Equatable, Sendable {
    package var head = HeadLimits()
    /// Connections over all loops; further ones wait in the kernel's backlog, and while they do,
    /// those without a request are closed after a second, and of an address that has more than an
    /// eighth of all the slowest make room.
    package var connections = 20_000
    /// Connections of one address (of one /64 in IPv6); further ones are closed at once. 0: no
    /// limit, as behind a balancer, whose address all of them have.
    package var connectionsPerAddress = 0
    /// A connection without a request under way.
    package var idleMilliseconds: UInt64 = 75_000
    /// From the first byte of a head to its last.
    package var headMilliseconds: UInt64 = 10_000
    /// A body must come on average at least this fast …
    package var bodyMinimumBytesPerSecond: UInt64 = 1024
    /// … once it is this long under way.
    package var bodyGraceMilliseconds: UInt64 = 10_000
    /// A response must be taken on average at least this fast …
    package var sendMinimumBytesPerSecond: UInt64 = 512
    /// … once it is this long under way.
    package var sendGraceMilliseconds: UInt64 = 10_000
    /// An unread body of at most this size is read and dropped to keep the connection.
    package var discardedBodyBytes: UInt64 = 64 * 1024
    /// Body bytes held for a consumer that is slower than the network; then reading pauses.
    package var bufferedBodyBytes = 256 * 1024
    /// After a response that closes: how long the peer may take to notice.
    package var lingerMilliseconds: UInt64 = 2000

    package init() {}
}
