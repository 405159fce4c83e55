internal import CLinux
internal import Glibc

/// A pipe (pipe2(2)), both of whose ends are close-on-exec.
package enum Pipe {
    /// Both ends, the caller's to adopt. Neither blocks: what a full pipe does not take is lost to
    /// who writes it, and its reader never waits.
    package static func make() throws(SystemError) -> (reader: CInt, writer: CInt) {
        var ends: [CInt] = [-1, -1]
        try systemCall("pipe2") { unsafe CLinux_pipe(&ends) }
        return (ends[0], ends[1])
    }

    /// What lies in it, at most `capacity` bytes; nothing too when nobody has it open for writing.
    package static func read(_ reader: CInt, capacity: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            count = max(0, unsafe Glibc.read(reader, buffer.baseAddress, capacity))
        }
    }
}
