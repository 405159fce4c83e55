internal import CLinux
internal import Glibc
package import Text

/// An open directory. Names may lead down through it (`ab/cd`); each call may block on the disk.
package struct Directory: ~Copyable, Sendable {
    let descriptor: OwnedDescriptor

    init(adopting descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// Opens the directory at `path`, made with its parents where missing.
    package init(at path: String) throws(SystemError) {
        for index in path.utf8.indices.dropFirst() where path.utf8[index] == UInt8(ascii: "/") {
            try Self.make(String(path[..<index]), below: AT_FDCWD)
        }
        try Self.make(path, below: AT_FDCWD)
        descriptor = try Files.open(path, flags: O_RDONLY | O_DIRECTORY)
    }

    /// Opens a directory that is there, by way of symbolic links too.
    package init(existing path: String) throws(SystemError) {
        descriptor = try Files.open(path, flags: O_RDONLY | O_DIRECTORY)
    }

    /// Keeps every other process from doing the same, until closed. `false`: another one has.
    package borrowing func lock() throws(SystemError) -> Bool {
        let raw = descriptor.rawValue
        do {
            try systemCall("flock") { flock(raw, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            guard error.code == EWOULDBLOCK else { throw error }
            return false
        }
    }

    /// Whether it is that directory or lies below it, by whatever name either is called.
    package borrowing func lies(within other: borrowing Directory) throws(SystemError) -> Bool {
        let wanted = try other.status(".").stamp
        var here = try status(".").stamp
        var path = "."
        while !here.isSameFile(as: wanted) {
            path += "/.."
            let above = try status(path).stamp
            // The root is above itself.
            if above.isSameFile(as: here) { return false }
            here = above
        }
        return true
    }

    /// Makes a file that nobody else can read, for writing. Fails where the name exists.
    package borrowing func create(_ name: String) throws(SystemError) -> OwnedDescriptor {
        try open(name, flags: O_WRONLY | O_CREAT | O_EXCL)
    }

    /// Makes a file without a name, to be written and read (O_TMPFILE). It is gone with its
    /// descriptor, unless it is given one.
    package borrowing func createUnnamed() throws(SystemError) -> OwnedDescriptor {
        try open(".", flags: CLinux_unnamed_file() | O_RDWR)
    }

    /// Gives a file that has no name its first. What has that name already stays as it is.
    package borrowing func link(
        _ file: SharedDescriptor, as name: String
    ) throws(SystemError) {
        let raw = descriptor.rawValue
        let path = "/proc/self/fd/\(file.rawValue)"
        do throws(SystemError) {
            try systemCall("linkat") {
                unsafe linkat(AT_FDCWD, path, raw, name, AT_SYMLINK_FOLLOW)
            }
        } catch { guard error.code == EEXIST else { throw error } }
    }

    /// Gives a file to whom the directory belongs, where root made it for a service.
    package borrowing func giveToOwner(_ file: borrowing OwnedDescriptor) throws(SystemError) {
        guard geteuid() == 0 else { return }
        let (raw, fileRaw) = (descriptor.rawValue, file.rawValue)
        var status = stat()
        try systemCall("fstat") { unsafe fstat(raw, &status) }
        let (user, group) = (status.st_uid, status.st_gid)
        try systemCall("fchown") { fchown(fileRaw, user, group) }
    }

    /// Opens a file for reading, and no symbolic link.
    package borrowing func open(_ name: String) throws(SystemError) -> OwnedDescriptor {
        try open(name, flags: O_RDONLY | O_NOFOLLOW)
    }

    /// Opens a file that is there for writing, and no symbolic link.
    package borrowing func openForWriting(_ name: String) throws(SystemError) -> OwnedDescriptor {
        try open(name, flags: O_WRONLY | O_NOFOLLOW)
    }

    /// Leaves a directory that is there as it is.
    package borrowing func makeDirectory(_ name: String) throws(SystemError) {
        try Self.make(name, below: descriptor.rawValue)
    }

    /// Takes the place of what has the new name, at once.
    package borrowing func rename(_ name: String, to newName: String) throws(SystemError) {
        let raw = descriptor.rawValue
        try systemCall("renameat") { unsafe renameat(raw, name, raw, newName) }
    }

    package borrowing func remove(_ name: String) throws(SystemError) {
        let raw = descriptor.rawValue
        try systemCall("unlinkat") { unsafe unlinkat(raw, name, 0) }
    }

    /// Removes a directory below this one and the files in it, of which none is a directory.
    package borrowing func removeFolder(_ name: String) throws(SystemError) {
        for file in try names(in: name) { try remove("\(name)/\(file)") }
        let raw = descriptor.rawValue
        try systemCall("unlinkat") { unsafe unlinkat(raw, name, AT_REMOVEDIR) }
    }

    /// Makes the names in a directory below this one durable, or in this one (`.`).
    package borrowing func synchronize(_ name: String = ".") throws(SystemError) {
        let directory = try open(name, flags: O_RDONLY | O_DIRECTORY)
        try Files.synchronize(directory)
    }

    package borrowing func status(_ name: String) throws(SystemError) -> FileStatus {
        let raw = descriptor.rawValue
        var status = stat()
        try systemCall("fstatat") { unsafe fstatat(raw, name, &status, AT_SYMLINK_NOFOLLOW) }
        return FileStatus(status)
    }

    /// What is in a directory below this one, in no order, without `.` and `..`. A name that is no
    /// UTF-8 has U+FFFD in it, and can not be opened by that.
    package borrowing func names(in name: String = ".") throws(SystemError) -> [String] {
        var names: [String] = []
        try forEachName(in: name) { name in
            names.append(name.text.string)
            return true
        }
        return names
    }

    /// The same one by one, until `body` says that it is enough.
    package borrowing func forEachName(
        in name: String = ".", _ body: (EntryName) -> Bool
    ) throws(SystemError) {
        let directory = try open(name, flags: O_RDONLY | O_DIRECTORY)
        let raw = directory.release()
        guard let stream = unsafe fdopendir(raw) else {
            let code = errno
            _ = close(raw)
            throw SystemError(call: "fdopendir", code: code)
        }
        defer { unsafe closedir(stream) }
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                guard errno == 0 else { throw SystemError(call: "readdir", code: errno) }
                return
            }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe EntryName(bytes.prefix { $0 != 0 })
            }
            if name.text == "." || name.text == ".." { continue }
            guard body(name) else { return }
        }
    }

    private borrowing func open(
        _ name: String, flags: CInt
    ) throws(SystemError) -> OwnedDescriptor {
        let raw = descriptor.rawValue
        return OwnedDescriptor(
            adopting: try systemCall("openat") {
                unsafe openat(raw, name, flags | O_CLOEXEC, 0o600)
            })
    }

    private static func make(_ path: String, below parent: CInt) throws(SystemError) {
        do {
            try systemCall("mkdirat") { unsafe mkdirat(parent, path, 0o700) }
        } catch {
            guard error.code == EEXIST else { throw error }
        }
    }
}

/// A name as a directory has it.
package struct EntryName: Equatable, Sendable {
    /// Where it is no UTF-8, as much of it as can be shown.
    package let text: UTF8String
    package let isUTF8: Bool

    init(_ bytes: some Collection<UInt8>) {
        let exact = UTF8String(validating: bytes)
        isUTF8 = exact != nil
        text = exact ?? UTF8String(String(decoding: bytes, as: UTF8.self))
    }
}

/// What the file system knows of a file.
package struct FileStatus: Sendable {
    package let isRegularFile: Bool
    package let isDirectory: Bool
    package let byteCount: Int
    /// Seconds since 1970.
    package let modifiedSeconds: Int64
    /// Which file it is and in which state, as far as the file system tells.
    package let stamp: FileStamp

    init(_ status: stat) {
        isRegularFile = status.st_mode & S_IFMT == S_IFREG
        isDirectory = status.st_mode & S_IFMT == S_IFDIR
        stamp = FileStamp(
            device: UInt64(status.st_dev), node: UInt64(status.st_ino),
            byteCount: Int(status.st_size),
            modified: .seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec))
        byteCount = Int(status.st_size)
        modifiedSeconds = Int64(status.st_mtim.tv_sec)
    }

    /// - Parameter followsLink: whether a symbolic link stands for what it leads to.
    package static func of(
        path: String, followsLink: Bool = true
    ) throws(SystemError) -> FileStatus {
        let flags = followsLink ? 0 : AT_SYMLINK_NOFOLLOW
        var status = stat()
        try systemCall("fstatat") { unsafe fstatat(AT_FDCWD, path, &status, flags) }
        return FileStatus(status)
    }

    package static func of(_ descriptor: borrowing OwnedDescriptor) throws(SystemError)
        -> FileStatus
    {
        try of(descriptor.rawValue)
    }

    package static func of(_ descriptor: SharedDescriptor) throws(SystemError) -> FileStatus {
        try of(descriptor.rawValue)
    }

    private static func of(_ raw: CInt) throws(SystemError) -> FileStatus {
        var status = stat()
        try systemCall("fstat") { unsafe fstat(raw, &status) }
        return FileStatus(status)
    }
}

/// Two equal ones, some time apart, are of a file that nobody wrote to in between.
package struct FileStamp: Hashable, Sendable {
    package let device: UInt64
    package let node: UInt64
    package let byteCount: Int
    /// Since 1970.
    package let modified: Duration

    /// The same file, in whatever state.
    package func isSameFile(as other: FileStamp) -> Bool {
        device == other.device && node == other.node
    }
}

extension SystemError {
    /// No such name, or a part of its path is no directory.
    package var isNotFound: Bool { code == ENOENT || code == ENOTDIR }
    /// A symbolic link where none is followed.
    package var isSymbolicLink: Bool { code == ELOOP }
    /// The file's permissions do not allow it.
    package var isDenied: Bool { code == EACCES || code == EPERM }
}
