import Glibc

/// Nanoseconds of processor time.
enum CPUTime {
    static func process() -> Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }
    static func thread() -> Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
