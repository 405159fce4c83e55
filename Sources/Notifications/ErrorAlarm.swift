/// Says once when errors come too thick, and not again before they have ceased to. Time comes in as
/// a value.
package struct ErrorAlarm: Sendable {
    private let threshold: UInt64
    private let window: Duration
    /// Sums at past times: the oldest is the one that the window begins with.
    private var samples: ArraySlice<(time: Duration, total: UInt64)> = []
    private var isRaised = false

    /// - Parameter threshold: so many errors within `window` are an alarm.
    package init(threshold: Int, window: Duration) {
        precondition(threshold > 0)
        (self.threshold, self.window) = (UInt64(threshold), window)
    }

    package var windowSeconds: Int64 { window.components.seconds }

    /// How often to look: an error counts in the window up to so much longer.
    package var interval: Duration { max(.milliseconds(200), window / 20) }

    /// - Parameter total: errors since the start.
    /// - Returns: how many there were within the window, when that begins to be too many.
    package mutating func observe(_ total: UInt64, at time: Duration) -> UInt64? {
        samples.append((time, total))
        while samples.count > 1, samples[samples.startIndex + 1].time <= time - window {
            samples.removeFirst()
        }
        let count = total - (samples.first?.total ?? total)
        if isRaised {
            // Half of it, so that what stays about the threshold is one alarm.
            if count * 2 < threshold { isRaised = false }
            return nil
        }
        guard count >= threshold else { return nil }
        isRaised = true
        return count
    }
}
