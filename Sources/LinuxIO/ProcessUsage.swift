internal import CLinux
internal import Glibc
internal import Text

/// What this process takes of the machine right now, as the kernel counts it.
package struct ProcessUsage: Sendable {
    /// User and system time of all threads.
    package let processorTime: Duration
    package let residentBytes: Int
    package let virtualBytes: Int
    package let openDescriptors: Int
    package let descriptorLimit: Int
    package let threads: Int
    /// When the process started, in seconds since 1970.
    package let startedAtSeconds: Double

    /// Reads `/proc/self`: tens of microseconds, more with thousands of descriptors.
    package init() throws(SystemError) {
        let ticksPerSecond = Int64(max(1, sysconf(CInt(_SC_CLK_TCK))))
        // After the name in parentheses, which may hold anything: state (3) and numbers (4…).
        let file = try Files.open("/proc/self/stat", flags: O_RDONLY)
        let bytes = try Files.read(file.rawValue, offset: 0, byteCount: 4096)
        let text = String(decoding: bytes, as: UTF8.self)
        let numbers = text[(text.lastPlace(of: ")") ?? text.startIndex)...]
            .fields(separatedBy: " ")
            .dropFirst(2).map { Int64($0) ?? 0 }
        func field(_ number: Int) -> Int64 {
            numbers.indices.contains(number - 4) ? numbers[number - 4] : 0
        }
        processorTime = .nanoseconds(
            (field(14) + field(15)) * (1_000_000_000 / ticksPerSecond))
        threads = Int(field(20))
        virtualBytes = Int(field(23))
        residentBytes = Int(field(24)) * Int(sysconf(CInt(_SC_PAGESIZE)))
        let booted = Double(Clock.wallMicroseconds()) / 1e6 - Clock.secondsSinceBoot()
        startedAtSeconds = booted + Double(field(22)) / Double(ticksPerSecond)
        // Without the two that are open for counting.
        openDescriptors = try Directory(at: "/proc/self/fd").names().count - 2
        var limit = rlimit()
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        descriptorLimit = Int(clamping: limit.rlim_cur)
    }
}

/// Room in the file system a path lies in.
package struct DiskSpace: Sendable {
    package let byteCount: Int
    /// What is left to processes that are not root.
    package let freeByteCount: Int

    package init(at path: String) throws(SystemError) {
        var status = statvfs()
        try systemCall("statvfs") { unsafe statvfs(path, &status) }
        byteCount = Int(clamping: status.f_blocks) * Int(clamping: status.f_frsize)
        freeByteCount = Int(clamping: status.f_bavail) * Int(clamping: status.f_frsize)
    }
}
