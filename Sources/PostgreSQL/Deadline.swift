internal import LinuxIO

/// A point in time by the clock that only grows.
struct Deadline {
    private let end: UInt64

    init(milliseconds: Int) {
        end = Clock.monotonicNanoseconds() + UInt64(milliseconds) * 1_000_000
    }

    /// Rounded up: none are left only when it is over.
    var millisecondsLeft: CInt {
        let now = Clock.monotonicNanoseconds()
        return CInt(clamping: (end - min(end, now) + 999_999) / 1_000_000)
    }
}
