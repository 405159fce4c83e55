/// When an attempt that failed is made again.
package struct RetrySchedule: Sendable {
    /// After the first failure, the second … Then it is parked.
    package let delays: [Duration]
    /// A receiver that asks for more gets this much.
    private static let longestAsked = Duration.seconds(86_400)

    package init(delays: [Duration]) { self.delays = delays }

    /// Between four and six fifths of what is planned, so that what failed together does not come
    /// back together.
    ///
    /// - Parameters:
    ///   - failures: attempts that failed, the last one too.
    ///   - lot: 0..<1.
    ///   - asked: the receiver wants no attempt before (`Retry-After`, RFC 9110 §10.2.3).
    /// - Returns: `nil` when it is given up.
    package func delay(
        afterFailures failures: Int, lot: Double, asked: Duration = .zero
    ) -> Duration? {
        precondition(failures > 0)
        guard failures <= delays.count else { return nil }
        return max(delays[failures - 1] * (0.8 + 0.4 * lot), min(asked, Self.longestAsked))
    }
}
