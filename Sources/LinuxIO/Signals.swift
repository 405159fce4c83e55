internal import CLinux
internal import Glibc

/// Signals that one thread waits for, and no handler runs for.
package enum Signals {
    package static let terminate: Int32 = SIGTERM
    package static let interrupt: Int32 = SIGINT
    package static let hangUp: Int32 = SIGHUP

    /// Ends this process as the signal would have.
    package static func endBy(_ number: Int32) {
        _ = signal(number, SIG_DFL)
        var set = makeSet([number])
        _ = unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
        _ = raise(number)
    }

    /// The next of them, which `Process.settle` has kept from every thread.
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
