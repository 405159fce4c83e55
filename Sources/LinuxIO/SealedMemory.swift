internal import CLinux
internal import Glibc

/// Files that are only memory (memfd_create(2)).
package enum SealedMemory {
    /// One that holds `bytes` and can never be written, grown or shrunk again (fcntl(2),
    /// F_ADD_SEALS).
    package static func file(holding bytes: RawSpan) throws(SystemError) -> OwnedDescriptor {
        let raw = try systemCall("memfd_create") { unsafe CLinux_memory_file("rendition") }
        let file = OwnedDescriptor(adopting: raw)
        try Files.writeAll(file, bytes)
        try systemCall("fcntl") { CLinux_seal(raw) }
        return file
    }
}
