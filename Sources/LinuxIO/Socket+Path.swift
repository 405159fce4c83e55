internal import CLinux
internal import Glibc

/// Sockets that are files.
extension Socket {
    /// The file is made anew, with this mode and group (`nil`: the process's). What a listener that
    /// has gone left there is removed; `EADDRINUSE` where one listens, `EEXIST` for another file.
    package static func listen(
        atPath path: String, mode: UInt32, group: UInt32?, backlog: CInt
    ) throws(SystemError) -> OwnedDescriptor {
        let address = try storage(path)
        try removeAbandoned(path, address)
        let socket = try make(nonBlocking: true)
        let raw = socket.rawValue
        // Made for the edge alone, by its umask; nobody comes in before it listens.
        try systemCall("bind") { unsafe withAddress(address) { unsafe bind(raw, $0, $1) } }
        if let group { try systemCall("chown") { unsafe chown(path, uid_t.max, group) } }
        try systemCall("chmod") { unsafe chmod(path, mode) }
        try systemCall("listen") { Glibc.listen(raw, backlog) }
        return socket
    }

    /// The same socket for another loop.
    package static func duplicate(_ socket: CInt) throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(adopting: try systemCall("fcntl") { fcntl(socket, F_DUPFD_CLOEXEC, 0) })
    }

    /// Removes the file of a listener that has ended.
    package static func removeAbandoned(path: String) throws(SystemError) {
        try removeAbandoned(path, storage(path))
    }

    private static func removeAbandoned(
        _ path: String, _ address: sockaddr_un
    ) throws(SystemError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw SystemError(call: "bind", code: EEXIST)
        }
        let probe = try make(nonBlocking: true)
        let raw = probe.rawValue
        let result = unsafe withAddress(address) { unsafe Glibc.connect(raw, $0, $1) }
        // A listener whose backlog is full says EAGAIN.
        guard result != 0, errno == ECONNREFUSED else {
            throw SystemError(call: "bind", code: EADDRINUSE)
        }
        try systemCall("unlink") { unsafe unlink(path) }
    }

    private static func make(nonBlocking: Bool) throws(SystemError) -> OwnedDescriptor {
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        return OwnedDescriptor(
            adopting: try systemCall("socket") { Glibc.socket(AF_UNIX, kind, 0) })
    }

    /// `ENAMETOOLONG` from 108 bytes on.
    private static func storage(_ path: String) throws(SystemError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let isFitting = unsafe withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard bytes.count < place.count else { return false }
            unsafe place.copyBytes(from: bytes)
            return true
        }
        guard isFitting else { throw SystemError(call: "bind", code: ENAMETOOLONG) }
        return address
    }

    private static func withAddress(
        _ address: sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
