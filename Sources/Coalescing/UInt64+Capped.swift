extension UInt64 {
    /// Costs come from what a file claims of itself: their sum is as much as there is, and never a
    /// trap.
    func addingCapped(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
