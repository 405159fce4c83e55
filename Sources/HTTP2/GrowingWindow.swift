/// How many bytes of bodies may be on their way. A client far away has one window a round trip, so
/// it grows while all of it comes within a second: where its reader is slow it does not.
package struct GrowingWindow: Equatable, Sendable {
    package private(set) var byteCount: Int
    private let limit: Int
    /// Since when, and how much of it has come since.
    private var start: UInt64
    private var came = 0

    private static let nanoseconds: UInt64 = 1_000_000_000

    package init(_ byteCount: UInt32, upTo limit: UInt32, at now: UInt64) {
        self.byteCount = Int(byteCount)
        self.limit = Int(limit)
        start = now
    }

    /// How large it is from now on, where that is another size.
    package mutating func came(_ byteCount: Int, at now: UInt64) -> Int? {
        came += byteCount
        guard came >= self.byteCount else { return nil }
        let isFast = now - start < Self.nanoseconds
        (start, came) = (now, 0)
        guard isFast, self.byteCount < limit else { return nil }
        self.byteCount = min(limit, 2 * self.byteCount)
        return self.byteCount
    }
}
