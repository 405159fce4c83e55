/// Nanoseconds, kept to be sorted.
struct Durations {
    private var values: [UInt64] = []

    mutating func append(_ nanoseconds: UInt64) { values.append(nanoseconds) }

    /// Microseconds below which the given share lies.
    mutating func percentile(_ share: Double) -> Double {
        if values.isEmpty { return 0 }
        values.sort()
        return Double(values[min(Int(Double(values.count) * share), values.count - 1)]) / 1000
    }

    var mean: Double {
        values.isEmpty ? 0 : Double(values.reduce(0, +)) / Double(values.count) / 1000
    }
}
