/// When an attempt that failed is made again.
package struct RetrySchedule: Sendable {
    /// After the first failure, the second … Then it is parked.
    package let delays: [Duration]

    package init(delays: [Duration]) { self.delays = delays }

    /// Between four and six fifths of what is planned, so that what failed together does not come
    /// back together.
    ///
    /// - Parameters:
    ///   - failures: attempts that failed, the last one too.
    ///   - lot: 0..<1.
    /// - Returns: `nil` when it is given up.
    package func delay(afterFailures failures: Int, lot: Double) -> Duration? {
        precondition(failures > 0)
        guard failures <= delays.count else { return nil }
        return delays[failures - 1] * (0.8 + 0.4 * lot)
    }
}
