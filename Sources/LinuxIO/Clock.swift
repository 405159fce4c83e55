internal import Glibc

/// The kernel's clocks, without allocation.
package enum Clock {
    /// Nanoseconds that only grow (CLOCK_MONOTONIC).
    @inline(__always)
    package static func monotonicNanoseconds() -> UInt64 { read(CLOCK_MONOTONIC) }

    /// The same as a time since the clock's start.
    package static func monotonic() -> Duration { .nanoseconds(Int64(monotonicNanoseconds())) }

    /// Microseconds since 1970 (CLOCK_REALTIME).
    package static func wallMicroseconds() -> Int64 { Int64(read(CLOCK_REALTIME) / 1000) }

    /// Counts on while the machine sleeps (CLOCK_BOOTTIME).
    package static func secondsSinceBoot() -> Double { Double(read(CLOCK_BOOTTIME)) / 1e9 }

    /// Seconds since 1970.
    package static func wallSeconds() -> Int64 { Int64(read(CLOCK_REALTIME) / 1_000_000_000) }

    /// The same to the last timer tick (4 ms), at a fifth of the price.
    @inline(__always)
    package static func coarseWallSeconds() -> Int64 {
        Int64(read(CLOCK_REALTIME_COARSE) / 1_000_000_000)
    }

    /// What all threads of a process have used (clock_getcpuclockid(3)); `nil` once it is gone.
    package static func processorNanoseconds(of pid: Int32) -> UInt64? {
        var (clock, time) = (clockid_t(), timespec())
        guard unsafe clock_getcpuclockid(pid, &clock) == 0,
            unsafe clock_gettime(clock, &time) == 0
        else { return nil }
        return UInt64(clamping: time.tv_sec) * 1_000_000_000 + UInt64(clamping: time.tv_nsec)
    }

    @inline(__always)
    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
