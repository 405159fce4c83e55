internal import CLinux
internal import Glibc
internal import Text

/// An IPv4 or IPv6 address and port.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// Numeric, IPv6 without brackets.
    package let host: String
    package let port: UInt16

    /// Parses `127.0.0.1:8080` or `[::1]:8080`; port 0 lets the kernel choose.
    package init?(_ text: String) {
        guard let colon = text.lastPlace(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        // Without the sign that Swift would take.
        guard digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let port = UInt16(digits)
        else { return nil }
        var host = String(text[..<colon])
        if let inner = UTF8String(host).after("[")?.before("]") { host = inner.string }
        self.init(host: host, port: port)
    }

    package init?(host: String, port: UInt16) {
        self.host = host
        self.port = port
        if storage() == nil { return nil }
    }

    package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    package var isIPv6: Bool { host.utf8.contains(UInt8(ascii: ":")) }

    package var isLoopback: Bool { UTF8String(host).starts(with: "127.") || host == "::1" }

    fileprivate func storage() -> (sockaddr_storage, socklen_t)? {
        var storage = sockaddr_storage()
        if isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            guard unsafe inet_pton(AF_INET6, host, &address.sin6_addr) == 1 else { return nil }
            unsafe withUnsafeMutableBytes(of: &storage) {
                unsafe $0.storeBytes(of: address, as: sockaddr_in6.self)
            }
            return (storage, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return nil }
        unsafe withUnsafeMutableBytes(of: &storage) {
            unsafe $0.storeBytes(of: address, as: sockaddr_in.self)
        }
        return (storage, socklen_t(MemoryLayout<sockaddr_in>.size))
    }

    fileprivate init(_ storage: sockaddr_storage) {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        var storage = storage
        if storage.ss_family == sa_family_t(AF_INET6) {
            var address = unsafe withUnsafeBytes(of: &storage) {
                unsafe $0.load(as: sockaddr_in6.self)
            }
            unsafe inet_ntop(AF_INET6, &address.sin6_addr, &text, socklen_t(text.count))
            port = UInt16(bigEndian: address.sin6_port)
        } else {
            var address = unsafe withUnsafeBytes(of: &storage) {
                unsafe $0.load(as: sockaddr_in.self)
            }
            unsafe inet_ntop(AF_INET, &address.sin_addr, &text, socklen_t(text.count))
            port = UInt16(bigEndian: address.sin_port)
        }
        host = String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Sockets by descriptor; all non-blocking and close-on-exec.
package enum Socket {
    /// Whether a listener is the first at its port.
    package enum Place: Sendable {
        /// Nobody else may listen there: fails with `EADDRINUSE` where another one does, of
        /// whatever process.
        case first
        /// Beside a first one of this process (SO_REUSEPORT): the kernel spreads connections over
        /// all of them by their addresses' hash.
        case beside
    }

    package static func listen(
        on address: SocketAddress, backlog: CInt, as place: Place
    ) throws(SystemError) -> OwnedDescriptor {
        guard let (storage, length) = address.storage() else {
            throw SystemError(call: "inet_pton", code: EINVAL)
        }
        let family = address.isIPv6 ? AF_INET6 : AF_INET
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = OwnedDescriptor(
            adopting: try systemCall("socket") { Glibc.socket(family, kind, 0) })
        let raw = socket.rawValue
        try set(raw, SOL_SOCKET, SO_REUSEADDR, 1)
        if place == .beside { try set(raw, SOL_SOCKET, SO_REUSEPORT, 1) }
        var copy = storage
        try systemCall("bind") {
            unsafe withUnsafePointer(to: &copy) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(raw, $0, length)
                }
            }
        }
        try systemCall("listen") { Glibc.listen(raw, backlog) }
        // Not before it listens: of two processes at the same moment both would.
        if place == .first { try set(raw, SOL_SOCKET, SO_REUSEPORT, 1) }
        return socket
    }

    package static func localAddress(_ socket: CInt) throws(SystemError) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        try systemCall("getsockname") {
            unsafe withUnsafeMutablePointer(to: &storage) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getsockname(socket, $0, &length)
                }
            }
        }
        return SocketAddress(storage)
    }

    /// The next waiting connection, or `nil`.
    package static func accept(
        _ listener: CInt
    ) throws(SystemError) -> (socket: CInt, peer: PeerAddress)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        while true {
            let raw = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe CLinux_accept(listener, $0, &length)
                }
            }
            if raw >= 0 { return (raw, PeerAddress(&storage)) }
            switch errno {
            case EAGAIN: return nil
            // The peer left again before it was accepted, or a network error is passed on
            // (accept(2)): the next one.
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET,
                EHOSTUNREACH, ENETUNREACH, EPERM:
                continue
            default: throw SystemError(call: "accept4", code: errno)
            }
        }
    }

    /// Small answers leave at once (TCP_NODELAY).
    package static func sendWithoutDelay(_ socket: CInt) {
        // A socket whose peer has gone refuses; the next call on it says so.
        _ = try? set(socket, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// The close that follows throws away what is unsent and resets the connection.
    package static func resetOnClose(_ socket: CInt) {
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(
            socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// No more will be sent; the peer sees the end after what is under way.
    package static func finishSending(_ socket: CInt) { _ = shutdown(socket, CInt(SHUT_WR)) }

    /// Bytes handed to the kernel that the peer has not acknowledged.
    package static func unacknowledged(_ socket: CInt) -> Int {
        max(0, Int(CLinux_unacknowledged(socket)))
    }

    /// Both ends of a SOCK_SEQPACKET pair, the caller's to adopt; `first` is non-blocking.
    package static func packetPair() throws(SystemError) -> (first: CInt, second: CInt) {
        var ends: [CInt] = [-1, -1]
        let kind = CInt(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
        try systemCall("socketpair") { unsafe socketpair(AF_UNIX, kind, 0, &ends) }
        let first = OwnedDescriptor(adopting: ends[0])
        let second = OwnedDescriptor(adopting: ends[1])
        let raw = first.rawValue
        try systemCall("fcntl") { fcntl(raw, F_SETFL, O_NONBLOCK) }
        return (first.release(), second.release())
    }

    private static func set(
        _ socket: CInt, _ level: CInt, _ name: CInt, _ value: CInt
    ) throws(SystemError) {
        var value = value
        try systemCall("setsockopt") {
            unsafe setsockopt(socket, level, name, &value, socklen_t(MemoryLayout<CInt>.size))
        }
    }
}
