/// How long something that failed waits before it is tried again, for as long as it takes.
package enum RetryPause {
    /// A second after the first failure, then twice as long each time, five minutes at most; in
    /// microseconds.
    ///
    /// - Parameter attempts: that had failed before this one.
    package static func microseconds(after attempts: Int) -> Int64 {
        min(300_000_000, 1_000_000 << min(attempts, 20))
    }
}
