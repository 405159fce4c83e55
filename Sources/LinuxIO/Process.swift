internal import CLinux
internal import Glibc
internal import Text

/// This process.
package enum Process {
    /// The directory of the running program's file.
    package static var programDirectory: String {
        let text = Files.target(ofLink: "/proc/self/exe") ?? "."
        return text.lastPlace(of: "/").map { String(text[..<$0]) } ?? "."
    }

    /// Puts in order what was inherited, before anything else.
    package static func settle(serves: Bool) throws(SystemError) {
        let code = CLinux_settle(serves ? 1 : 0)
        if code != 0 { throw SystemError(call: "standard descriptors", code: code) }
        guard serves else { return }
        let fault = CLinux_step_aside()
        if fault != 0 { throw SystemError(call: "fork of process 1", code: fault) }
    }

    /// Why no process that this one starts can shut itself in by Landlock; `nil`: it can.
    package static var landlockFault: String? {
        switch CLinux_landlock_fault() {
        case 0: nil
        case EOPNOTSUPP:
            "this kernel has Landlock and did not begin it: see lsm= of its command line"
        case EPERM, EACCES:
            "a profile around this process refuses Landlock: in a container its seccomp profile, "
                + "in a unit SystemCallFilter="
        default: "this kernel has no Landlock, or a profile around this process hides it"
        }
    }

    /// The words after the program's name; of one that is no UTF-8 its place, from 1 on. Swift's
    /// own array would make one text of two that differ.
    package static func words() -> (all: [String], unreadable: Int?) {
        var words: [String] = []
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let word = unsafe CommandLine.unsafeArgv[index],
                let text = unsafe String(validatingCString: word)
            else { return (words, index) }
            words.append(text)
        }
        return (words, nil)
    }

    /// Sends what was printed on its way; not all of it may arrive.
    package static func flushOutput() throws(SystemError) {
        if fflush(nil) != 0 { throw SystemError(call: "write", code: errno) }
    }

    /// How many descriptors it may have open.
    package static var descriptorLimit: Int {
        var limit = rlimit()
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    /// Runs nothing more, of this program or of its libraries.
    package static func exitAtOnce(_ status: Int32) -> Never { _exit(status) }

    /// Whole bytes to standard output (1) or standard error (2); what can not be written is lost.
    package static func write(_ bytes: Span<UInt8>, to descriptor: Int32) {
        unsafe bytes.withUnsafeBytes { raw in
            var done = 0
            while done < raw.count {
                let start = unsafe raw.baseAddress.map { unsafe $0 + done }
                let count = unsafe Glibc.write(descriptor, start, raw.count - done)
                if count < 0 {
                    if errno == EINTR { continue }
                    return
                }
                done += count
            }
        }
    }
}
