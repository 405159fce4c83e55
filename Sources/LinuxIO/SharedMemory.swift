internal import CLinux
internal import Glibc

/// Memory of a size that nobody can change (fcntl(2), F_ADD_SEALS), for two processes that have its
/// descriptor: read and written by system calls, or through a `DescriptorMap`.
package struct SharedMemory: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    /// Takes up what has been written to, page by page.
    package init(byteCount: Int) throws(SystemError) {
        let raw = try systemCall("memfd_create") { unsafe CLinux_memory_file("shared") }
        let made = OwnedDescriptor(adopting: raw)
        try systemCall("ftruncate") { ftruncate(raw, off_t(byteCount)) }
        try systemCall("fcntl") { CLinux_seal_size(raw) }
        descriptor = made
    }

    package consuming func takeDescriptor() -> OwnedDescriptor { descriptor }

    package init(adopting descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    package borrowing func write(_ bytes: RawSpan, at offset: Int) throws(SystemError) {
        try Files.write(descriptor.rawValue, bytes, at: offset)
    }

    package borrowing func read(_ range: Range<Int>) throws(SystemError) -> [UInt8] {
        try Files.read(descriptor.rawValue, offset: range.lowerBound, byteCount: range.count)
    }
}
