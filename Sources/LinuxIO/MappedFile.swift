internal import CLinux
internal import Glibc

/// A file of fixed size, written by system calls and read through a shared map of the whole.
///
/// A page of the map may turn out not to be readable: somebody cut the file short, or a sector
/// fails. The program touches it by `copy` alone, which says so; system calls say `EFAULT`.
///
/// Its blocks are allocated when it is made, so that a write can not fail for want of space and
/// reading any place of the map is possible from the start. `@unchecked Sendable` because the map
/// stays where it is until the end and is only read; writes go through the kernel.
@safe package final class MappedFile: @unchecked Sendable {
    package let byteCount: Int
    package let isWritable: Bool
    private let descriptor: OwnedDescriptor
    private let base: UnsafeRawPointer

    private static let guardsMaps: Void = CLinux_guard_maps()

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

    /// The whole map, for `copy` and for system calls. Valid while `self` is held.
    @unsafe package var start: UnsafeRawPointer { unsafe base }

    /// Copies bytes of a map to `destination`; `false` where they can not be read.
    @inline(__always)
    @unsafe package static func copy(
        _ bytes: RawSpan, to destination: UnsafeMutableRawPointer
    ) -> Bool {
        unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return true }
            return unsafe CLinux_copy_mapped(destination, start, bytes.count) != 0
        }
    }

    /// Appends `range` to `bytes`; `false`, and nothing is appended, where it can not be read.
    package func append(_ range: Range<Int>, to bytes: inout [UInt8]) -> Bool {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
        let count = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: range.count))
        let isRead = unsafe bytes.withUnsafeMutableBytes { buffer in
            guard range.count > 0, let start = buffer.baseAddress else { return true }
            return unsafe CLinux_copy_mapped(
                start + count, base + range.lowerBound, range.count) != 0
        }
        if !isRead { bytes.removeLast(range.count) }
        return isRead
    }

    /// Lends a copy of a few bytes; `nil` where they can not be read. Allocates nothing up to 1 KB.
    @inline(__always)
    package func withCopy<R>(of range: Range<Int>, _ body: (RawSpan) -> R) -> R? {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
        return unsafe withUnsafeTemporaryAllocation(byteCount: range.count, alignment: 16) {
            buffer in
            guard let start = buffer.baseAddress,
                unsafe CLinux_copy_mapped(start, base + range.lowerBound, range.count) != 0
            else { return nil }
            return unsafe body(buffer.bytes)
        }
    }

    /// Writes all of `bytes` at `offset` (`pwrite`).
    package func write(_ bytes: [UInt8], at offset: Int) throws(SystemError) {
        precondition(offset >= 0 && offset + bytes.count <= byteCount)
        try unsafe Files.write(writableDescriptor(), bytes.span.bytes, at: offset)
    }

    /// Writes `range` of another file's map at `offset`.
    package func write(
        _ range: Range<Int>, of other: MappedFile, at offset: Int
    ) throws(SystemError) {
        precondition(offset >= 0 && offset + range.count <= byteCount)
        let raw = try writableDescriptor()
        try other.lend(range) { bytes throws(SystemError) in
            try Files.write(raw, bytes, at: offset)
        }
    }

    /// Writes `range` of the map to `memory`.
    package func write(
        _ range: Range<Int>, to memory: borrowing SharedMemory, at offset: Int
    ) throws(SystemError) {
        let raw = memory.descriptor.rawValue
        try lend(range) { bytes throws(SystemError) in try Files.write(raw, bytes, at: offset) }
    }

    /// For a system call.
    private func lend(
        _ range: Range<Int>, _ body: (RawSpan) throws(SystemError) -> Void
    ) throws(SystemError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
        let bytes = unsafe UnsafeRawBufferPointer(
            start: base + range.lowerBound, count: range.count)
        try unsafe body(bytes.bytes)
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
        guardsMaps
        let mapped = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, raw, 0)
        // MAP_FAILED is a cast that does not import.
        guard let mapped = unsafe mapped, Int(bitPattern: mapped) != -1
        else { throw SystemError(call: "mmap", code: errno) }
        return UnsafeRawPointer(mapped)
    }
}
