internal import CLinux
internal import Glibc
internal import Text

/// This process.
package enum Process {
    /// The directory of the running program's file.
    package static var programDirectory: String {
        var path = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe path.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            return unsafe readlink("/proc/self/exe", start, buffer.count)
        }
        guard count > 0 else { return "." }
        let text = String(decoding: path.prefix(count), as: UTF8.self)
        return text.lastPlace(of: "/").map { String(text[..<$0]) } ?? "."
    }

    /// Cores this process may run on.
    package static var coreCount: Int {
        max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))))
    }

    /// Raises the soft limit of open descriptors to the hard one; what it is then.
    package static func raiseDescriptorLimit() -> Int {
        var limit = rlimit()
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    package static func signalSelf(_ signal: Int32) { _ = kill(getpid(), signal) }

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
