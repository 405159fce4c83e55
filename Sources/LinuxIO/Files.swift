internal import CLinux
internal import Glibc

/// Files by descriptor. All calls may block on the disk.
package enum Files {
    package static func open(
        _ path: String, flags: CInt, mode: UInt32 = 0o600
    ) throws(SystemError) -> OwnedDescriptor {
        let raw = try systemCall("open") {
            unsafe CLinux_open(path, flags | O_CLOEXEC, mode)
        }
        return OwnedDescriptor(adopting: raw)
    }

    /// Writes every byte at the descriptor's own offset.
    package static func writeAll(
        _ descriptor: borrowing OwnedDescriptor, _ bytes: RawSpan
    ) throws(SystemError) {
        try writeAll(descriptor.rawValue, bytes)
    }

    /// The same, to one that is nobody's to close: standard output.
    package static func writeAll(_ descriptor: CInt, _ bytes: RawSpan) throws(SystemError) {
        var done = 0
        while done < bytes.byteCount {
            let left = bytes.extracting(droppingFirst: done)
            done += try systemCall("write") {
                unsafe left.withUnsafeBytes {
                    unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
                }
            }
        }
    }

    /// Writes every byte from `offset` on.
    package static func write(
        _ descriptor: CInt, _ bytes: RawSpan, at offset: Int
    ) throws(SystemError) {
        var done = 0
        while done < bytes.byteCount {
            let left = bytes.extracting(droppingFirst: done)
            done += try systemCall("pwrite") {
                unsafe left.withUnsafeBytes {
                    unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset + done))
                }
            }
        }
    }

    /// `byteCount` bytes from `offset`, or fewer where the file ends.
    package static func read(
        _ descriptor: CInt, offset: Int, byteCount: Int
    ) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            do throws(SystemError) {
                while count < byteCount {
                    let start = unsafe buffer.baseAddress.map { unsafe $0 + count }
                    let got = try systemCall("pread") {
                        unsafe pread(descriptor, start, byteCount - count, off_t(offset + count))
                    }
                    if got == 0 { break }
                    count += got
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    /// What one call gives from `offset` on; nothing where the file ends.
    package static func read(
        _ descriptor: CInt, offset: Int, into memory: UnsafeMutableRawBufferPointer
    ) -> IOResult {
        IOResult.of("pread") {
            unsafe pread(descriptor, memory.baseAddress, memory.count, off_t(offset))
        }
    }

    /// What comes next at the descriptor's own offset, also of a pipe; empty at the end.
    package static func readNext(
        _ descriptor: borrowing OwnedDescriptor, byteCount: Int
    ) throws(SystemError) -> [UInt8] {
        let raw = descriptor.rawValue
        var bytes = [UInt8](repeating: 0, count: byteCount)
        let count = try systemCall("read") {
            unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(raw, $0.baseAddress, $0.count)
            }
        }
        bytes.removeSubrange(count...)
        return bytes
    }

    /// A whole file, or what a pipe gives until its end. Fails with `EFBIG` beyond `limit` bytes,
    /// and with `ETIMEDOUT` where a pipe says nothing for ten seconds. A pipe that nobody writes to
    /// is at its end.
    package static func contents(of path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = try open(path, flags: O_RDONLY | O_NONBLOCK)
        var bytes: [UInt8] = []
        while true {
            let more: [UInt8]
            do throws(SystemError) { more = try readNext(file, byteCount: 1 << 16) } catch {
                guard error.code == EAGAIN else { throw error }
                var wanted = pollfd(fd: file.rawValue, events: Int16(POLLIN), revents: 0)
                guard unsafe poll(&wanted, 1, 10_000) != 0 else {
                    throw SystemError(call: "read", code: ETIMEDOUT)
                }
                continue
            }
            if more.isEmpty { return bytes }
            bytes += more
            guard bytes.count <= limit else { throw SystemError(call: "read", code: EFBIG) }
        }
    }

    /// Of a file of `/proc` or `/sys`, which does not tell its size; empty where it is not there.
    package static func text(of path: String) -> String {
        guard let file = try? open(path, flags: O_RDONLY),
            let bytes = try? read(file.rawValue, offset: 0, byteCount: 1 << 20)
        else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What a symbolic link says; `nil` where there is none.
    package static func target(ofLink path: String) -> String? {
        var room = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe room.withUnsafeMutableBytes { buffer in
            unsafe buffer.baseAddress.map { unsafe readlink(path, $0, buffer.count) } ?? -1
        }
        return count < 0 ? nil : String(decoding: room.prefix(count), as: UTF8.self)
    }

    /// Room for the file's first bytes on its disk, so that a map of them can be written to. A file
    /// system that can not promise that is taken at its word.
    package static func allocate(_ descriptor: CInt, byteCount: Int) throws(SystemError) {
        do throws(SystemError) {
            try systemCall("fallocate") { CLinux_allocate(descriptor, off_t(byteCount)) }
        } catch {
            guard error.code == EOPNOTSUPP else { throw error }
        }
    }

    /// Makes the file that long.
    package static func truncate(_ descriptor: CInt, byteCount: Int) throws(SystemError) {
        try systemCall("ftruncate") { ftruncate(descriptor, off_t(byteCount)) }
    }

    package static func size(_ descriptor: CInt) throws(SystemError) -> Int {
        Int(try systemCall("fstat") { CLinux_size(descriptor) })
    }

    package static func synchronize(_ descriptor: borrowing OwnedDescriptor) throws(SystemError) {
        let raw = descriptor.rawValue
        try systemCall("fsync") { fsync(raw) }
    }

    /// Whether anybody has the file open for writing; `nil` where its file system does not tell.
    /// Who opens it in that moment waits for the end of this call. SIGIO has to be ignored.
    package static func hasWriter(_ descriptor: SharedDescriptor) -> Bool? {
        let answer = CLinux_has_writer(descriptor.rawValue)
        return answer < 0 ? nil : answer == 1
    }
}
