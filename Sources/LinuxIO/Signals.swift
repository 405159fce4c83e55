internal import CLinux
internal import Glibc

/// Signals by what they say, and the thread that waits for those that are meant for the program.
package enum Signals {
    package static let terminate: Int32 = SIGTERM
    package static let interrupt: Int32 = SIGINT
    package static let hangUp: Int32 = SIGHUP

    // How a worker ends.
    package static let illegalInstruction: Int32 = SIGILL
    package static let abort: Int32 = SIGABRT
    package static let busError: Int32 = SIGBUS
    package static let arithmetic: Int32 = SIGFPE
    package static let kill: Int32 = SIGKILL
    package static let segmentationFault: Int32 = SIGSEGV
    package static let processorTime: Int32 = SIGXCPU
    package static let forbiddenCall: Int32 = SIGSYS

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
