/// What the buckets of a histogram tell of durations.
struct LatencyFigures {
    private let buckets: [UInt64]
    let count: UInt64

    /// - Parameter buckets: as many as `DurationBuckets` has, without the sum.
    init(_ buckets: [UInt64]) {
        precondition(buckets.count == DurationBuckets.count)
        self.buckets = buckets
        count = buckets.reduce(0, +)
    }

    /// Seconds that this share of the durations did not exceed, as far as a straight line through
    /// its bucket tells, to a
    /// microsecond; what is beyond the last bound is at the bound.
    func quantile(_ share: Double) -> Double? {
        guard count > 0 else { return nil }
        let wanted = share * Double(count)
        var below = 0.0
        for (place, bound) in DurationBuckets.bounds.enumerated() {
            let inside = Double(buckets[place])
            if inside > 0, below + inside >= wanted {
                let from = place == 0 ? 0 : Double(DurationBuckets.bounds[place - 1])
                let nanoseconds = from + (Double(bound) - from) * (wanted - below) / inside
                return (nanoseconds / 1000).rounded() / 1e6
            }
            below += inside
        }
        return Double(DurationBuckets.bounds[DurationBuckets.bounds.count - 1]) / 1e9
    }
}
