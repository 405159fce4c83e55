/// The upper bounds of every duration histogram, from a hit's microseconds to a job's deadline.
enum DurationBuckets {
    /// Nanoseconds, rising; the bucket after the last has no bound.
    static let bounds: [UInt64] = [
        25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
        25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000,
        2_500_000_000, 5_000_000_000, 10_000_000_000, 30_000_000_000,
    ]
    /// `le` of each bound, in seconds.
    static let labels = [
        "2.5e-05", "5e-05", "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01",
        "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30",
    ]
    /// The bounded buckets and the unbounded one.
    static let count = 20
    /// Cells of one histogram: its buckets, then the sum in nanoseconds.
    static let cellCount = 21

    /// A hit leaves within the first few steps.
    static func place(of nanoseconds: UInt64) -> Int {
        for (index, bound) in bounds.enumerated() where nanoseconds <= bound { return index }
        return count - 1
    }
}
