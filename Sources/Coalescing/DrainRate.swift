/// How fast one worker really is: an average of real over estimated microseconds, in which a job
/// counts for its cost and old ones fade within a few seconds of work.
struct DrainRate {
    /// Microseconds of estimated work after which the past counts for 1/e.
    private static let memory = 5_000_000.0

    /// Real microseconds for each estimated one.
    private(set) var slowness = 1.0

    mutating func finished(cost: UInt64, elapsed: Duration) {
        let real =
            Double(elapsed.components.seconds) * 1e6
            + Double(elapsed.components.attoseconds) / 1e12
        let estimated = Double(cost)
        let share = min(1, estimated / Self.memory)
        slowness += (max(0, real) / estimated - slowness) * share
    }
}
