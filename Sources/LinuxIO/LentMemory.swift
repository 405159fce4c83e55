internal import CLinux
internal import Glibc

/// Memory that another process is given to write into, once, and that is taken back from it: it
/// can not be made larger by anybody (fcntl(2), F_SEAL_GROW), and `takeBack` frees it also where
/// the other keeps its descriptor.
package struct LentMemory: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    /// Takes up what has been written to, page by page.
    package init(byteCount: Int) throws(SystemError) {
        let raw = try systemCall("memfd_create") { unsafe CLinux_memory_file("room") }
        let made = OwnedDescriptor(adopting: raw)
        try systemCall("ftruncate") { ftruncate(raw, off_t(byteCount)) }
        try systemCall("fcntl") { CLinux_seal_growth(raw) }
        descriptor = made
    }

    /// The first bytes, or fewer where the other has made it smaller.
    package borrowing func read(byteCount: Int) throws(SystemError) -> [UInt8] {
        try Files.read(descriptor.rawValue, offset: 0, byteCount: byteCount)
    }

    package consuming func takeBack() {
        // What can not be cut is freed with the other process.
        _ = ftruncate(descriptor.rawValue, 0)
    }
}
