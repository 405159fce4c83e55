internal import CLinux
internal import Glibc

extension Socket {
    /// A blocking connection for a program that has a thread to wait on it; names are looked up.
    ///
    /// A call on it that waits longer than the time comes back as `wouldBlock`.
    package static func connect(
        toHost host: String, port: UInt16, timeoutSeconds: Int
    ) throws(SystemError) -> OwnedDescriptor {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &list) == 0 else {
            throw SystemError(call: "getaddrinfo", code: EHOSTUNREACH)
        }
        defer { unsafe freeaddrinfo(list) }
        var failure = SystemError(call: "getaddrinfo", code: EHOSTUNREACH)
        var next = unsafe list
        while let entry = unsafe next {
            do throws(SystemError) {
                return try unsafe connect(to: entry.pointee, timeoutSeconds)
            } catch { failure = error }
            unsafe next = entry.pointee.ai_next
        }
        throw failure
    }

    private static func connect(
        to entry: addrinfo, _ timeoutSeconds: Int
    ) throws(SystemError) -> OwnedDescriptor {
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let family = unsafe entry.ai_family
        let socket = OwnedDescriptor(
            adopting: try systemCall("socket") { Glibc.socket(family, kind, 0) })
        let raw = socket.rawValue
        var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            try systemCall("setsockopt") {
                unsafe setsockopt(raw, SOL_SOCKET, option, &timeout, size)
            }
        }
        try systemCall("connect") {
            unsafe Glibc.connect(raw, entry.ai_addr, entry.ai_addrlen)
        }
        return socket
    }
}
