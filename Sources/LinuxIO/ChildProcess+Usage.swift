internal import Glibc

extension ChildProcess {
    /// How many threads it has now (proc_pid_stat(5)); `nil` where that can not be told.
    package var threadCount: Int? {
        guard let file = try? Files.open("/proc/\(pid)/stat", flags: O_RDONLY),
            let bytes = try? Files.read(file.rawValue, offset: 0, byteCount: 512),
            let name = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        // The state comes after the name, and the number is the 17th behind it.
        let fields = bytes[name...].split(separator: UInt8(ascii: " "))
        guard fields.count > 18 else { return nil }
        return Int(String(decoding: fields[18], as: UTF8.self))
    }
}
