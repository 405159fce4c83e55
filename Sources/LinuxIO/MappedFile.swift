internal import CLinux
internal import Glibc

/// A file of fixed size, written by system calls and read through a shared map of the whole.
///
/// Its blocks are allocated when it is made, so that a write can not fail for want of space and
/// reading any place of the map is possible from the start. `@unchecked Sendable` because the map
/// stays where it is until the end and is only read; writes go through the kernel.
@safe package final class MappedFile: @unchecked Sendable {
    package let byteCount: Int
    package let isWritable: Bool
    private let descriptor: OwnedDescriptor
    private let base: UnsafeRawPointer

    /// Makes the file, which must not exist, with `byteCount` zeros.
    package init(creating path: String, byteCount: Int) throws(SystemError) {
        descriptor = try Files.open(path, flags: O_RDWR | O_CREAT | O_EXCL)
        do throws(SystemError) {
            try Self.allocate(descriptor.rawValue, byteCount)
            unsafe base = try Self.map(descriptor.rawValue, byteCount)
        } catch {
            _ = unsafe unlink(path)
            throw error
        }
        self.byteCount = byteCount
        isWritable = true
    }

    /// Opens an existing file, for reading only where it may not be written.
    package init(opening path: String) throws(SystemError) {
        var isWritable = true
        var opened: OwnedDescriptor
        do throws(SystemError) {
            opened = try Files.open(path, flags: O_RDWR | O_NOFOLLOW)
        } catch {
            guard error.code == EROFS || error.code == EACCES || error.code == EPERM
            else { throw error }
            opened = try Files.open(path, flags: O_RDONLY | O_NOFOLLOW)
            isWritable = false
        }
        byteCount = try Files.size(opened.rawValue)
        // An empty file has nothing to map; a page is mapped that nobody may read.
        unsafe base = try Self.map(opened.rawValue, max(byteCount, 1))
        descriptor = opened
        self.isWritable = isWritable
    }

    deinit { unsafe munmap(UnsafeMutableRawPointer(mutating: base), max(byteCount, 1)) }

    /// For the length of one call (`sendfile`), while `self` is held.
    package var rawDescriptor: CInt { descriptor.rawValue }

    /// The whole map. Valid while `self` is held.
    @unsafe package var start: UnsafeRawPointer { unsafe base }

    /// Lends `range` of the map.
    package func withBytes<R>(_ range: Range<Int>, _ body: (RawSpan) -> R) -> R {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
        return withExtendedLifetime(self) {
            let span = unsafe RawSpan(
                _unsafeStart: base + range.lowerBound, byteCount: range.count)
            return body(span)
        }
    }

    /// Writes all of `bytes` at `offset` (`pwrite`).
    package func write(_ bytes: [UInt8], at offset: Int) throws(SystemError) {
        precondition(offset >= 0 && offset + bytes.count <= byteCount)
        let raw = try writableDescriptor()
        var done = 0
        while done < bytes.count {
            done += try systemCall("pwrite") {
                unsafe bytes.withUnsafeBytes { bytes in
                    let left = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
                    return unsafe pwrite(raw, left.baseAddress, left.count, off_t(offset + done))
                }
            }
        }
    }

    /// Writes `range` of another file's map at `offset`.
    package func write(
        _ range: Range<Int>, of other: MappedFile, at offset: Int
    ) throws(SystemError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= other.byteCount)
        precondition(offset >= 0 && offset + range.count <= byteCount)
        let raw = try writableDescriptor()
        var done = 0
        while done < range.count {
            done += try systemCall("pwrite") {
                unsafe pwrite(
                    raw, other.base + range.lowerBound + done, range.count - done,
                    off_t(offset + done))
            }
        }
    }

    /// Returns when what was written is on the disk (`fdatasync`).
    package func flush() throws(SystemError) {
        let raw = descriptor.rawValue
        try systemCall("fdatasync") { fdatasync(raw) }
    }

    /// What the file takes on the disk, the file system's own blocks for it included.
    package func allocatedByteCount() throws(SystemError) -> Int {
        let raw = descriptor.rawValue
        var status = stat()
        try systemCall("fstat") { unsafe fstat(raw, &status) }
        return Int(status.st_blocks) * 512
    }

    private func writableDescriptor() throws(SystemError) -> CInt {
        guard isWritable else { throw SystemError(call: "pwrite", code: EROFS) }
        return descriptor.rawValue
    }

    private static func allocate(_ raw: CInt, _ byteCount: Int) throws(SystemError) {
        do throws(SystemError) {
            try systemCall("fallocate") { CLinux_allocate(raw, off_t(byteCount)) }
        } catch {
            guard error.code == EOPNOTSUPP else { throw error }
            // A file system that can not: holes, read as zeros; writes may then fail for space.
            try systemCall("ftruncate") { ftruncate(raw, off_t(byteCount)) }
        }
    }

    private static func map(_ raw: CInt, _ byteCount: Int) throws(SystemError) -> UnsafeRawPointer {
        let mapped = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, raw, 0)
        // MAP_FAILED is a cast that does not import.
        guard let mapped = unsafe mapped, Int(bitPattern: mapped) != -1
        else { throw SystemError(call: "mmap", code: errno) }
        return UnsafeRawPointer(mapped)
    }
}
