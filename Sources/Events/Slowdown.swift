/// How much of some work is begun while it fails for a reason that all of it shares, as a store
/// that is away: one piece at a time, after pauses that grow. What waits behind it stays as it is,
/// so that a thousand pieces cost no more than one.
package struct Slowdown: Equatable, Sendable {
    /// One after the other, without a success.
    private var failures = 0
    /// Microseconds since 1970.
    private var pauseEnd: Int64 = 0

    package init() {}

    /// Whether it had failed before.
    package mutating func succeed() -> Bool {
        defer { failures = 0 }
        return failures > 0
    }

    /// Whether it had not failed before. What was begun before the first failure fails with it.
    package mutating func fail(at now: Int64) -> Bool {
        guard failures == 0 || now >= pauseEnd else { return false }
        pauseEnd = now + RetryPause.microseconds(after: failures)
        failures += 1
        return failures == 1
    }

    /// How many may be begun now.
    package func room(for most: Int, besides inHand: Int, at now: Int64) -> Int {
        if failures == 0 { return max(0, most - inHand) }
        return inHand == 0 && now >= pauseEnd ? 1 : 0
    }

    /// When there is room again, where there is none and nothing is in hand.
    package var next: Int64? { failures == 0 ? nil : pauseEnd }
}
