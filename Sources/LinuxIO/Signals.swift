internal import CLinux
internal import Glibc

/// Signals that one thread waits for, and no handler runs for.
package enum Signals {
    package static let terminate: Int32 = SIGTERM
    package static let interrupt: Int32 = SIGINT
    package static let hangUp: Int32 = SIGHUP

    /// Before any thread is started, for threads inherit it. A peer that has gone is told by the
    /// call that finds out, never by SIGPIPE; that a lease is in somebody's way is of no interest
    /// in the moment that it is held (`Files.hasWriter`), and SIGIO must not end the process.
    package static func block(_ signals: [Int32]) {
        var set = makeSet(signals)
        _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        _ = signal(SIGPIPE, SIG_IGN)
        _ = signal(SIGIO, SIG_IGN)
    }

    /// The next of them.
    package static func wait(for signals: [Int32]) -> Int32 {
        var set = makeSet(signals)
        var number: CInt = 0
        while unsafe sigwait(&set, &number) != 0 {}
        return number
    }

    private static func makeSet(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in signals { unsafe sigaddset(&set, number) }
        return set
    }
}
