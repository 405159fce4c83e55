import Foundation
import Glibc
import Testing

/// A TCP connection to loopback that sends exactly the bytes it is given and reads one answer after
/// the other; a client library would hide what these tests are about.
final class Connection {
    enum Failure: Error {
        case connect(errno: CInt)
        case send(errno: CInt)
        /// The peer closed, or said nothing for the timeout, before an answer was whole.
        case cutOff(received: String)
        case notHTTP(String)
    }

    private let descriptor: CInt
    /// Received and not yet taken.
    private var buffer: [UInt8] = []

    /// To a listener on a path, such as a load balancer's: there the kernel can choose no port that
    /// we would hear of.
    init(path: String, timeoutSeconds: Int = 120) throws {
        descriptor = Self.socket(AF_UNIX, timeoutSeconds)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            unsafe room.copyBytes(from: path.utf8.prefix(room.count - 1))
        }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result != 0 { throw Failure.connect(errno: errno) }
    }

    private static func socket(_ family: CInt, _ timeoutSeconds: Int) -> CInt {
        let descriptor = Glibc.socket(family, CInt(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
        return descriptor
    }

    /// One that nobody has, for a program that can not be asked which it took.
    static var freePort: UInt16? {
        let probe = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { _ = Glibc.close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(probe, address, length) == 0
                    ? unsafe getsockname(probe, address, &length) : -1
            }
        }
        return result == 0 ? UInt16(bigEndian: address.sin_port) : nil
    }

    init(port: UInt16, timeoutSeconds: Int = 120) throws {
        descriptor = Self.socket(AF_INET, timeoutSeconds)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 { throw Failure.connect(errno: errno) }
    }

    deinit { close() }

    private var isClosed = false
    func close() {
        if !isClosed { _ = Glibc.close(descriptor) }
        isClosed = true
    }

    /// Closes with a reset: what the kernel still held for the peer is dropped.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<linger>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, size)
        close()
    }

    /// Says that no more will be sent.
    func finishSending() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Keeps the kernel from taking much for a reader that does not read.
    func shrinkReceiveBuffer(to byteCount: CInt) {
        var value = byteCount
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVBUF, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.send(
                    descriptor, bytes.baseAddress.map { unsafe $0 + sent }, bytes.count - sent,
                    CInt(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw Failure.send(errno: errno) }
            sent += count
        }
    }

    /// Whether more came before the peer closed or the timeout.
    private func receive() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { chunk in
                unsafe recv(descriptor, chunk.baseAddress, chunk.count, 0)
            }
            if count < 0, errno == EINTR { continue }
            if count > 0 { buffer.append(contentsOf: chunk[..<count]) }
            return count > 0
        }
    }

    /// Whatever comes until the peer closes.
    func readToEnd() -> [UInt8] {
        while receive() {}
        defer { buffer = [] }
        return buffer
    }

    /// Whether the peer has closed and sent nothing more.
    func isAtEnd() -> Bool { !receive() && buffer.isEmpty }

    /// At least this many bytes of the next answer, left in place.
    func awaitBytes(_ count: Int) throws {
        while buffer.count < count {
            guard receive() else { throw cutOff }
        }
    }

    /// The next answer, its content whole.
    func readAnswer(to method: String = "GET") throws -> Answer {
        let end = try endOfHead()
        let head = try Answer.parseHead(Array(buffer[..<end]))
        buffer.removeFirst(end)
        var answer = head
        if method == "HEAD" || head.status == 304 || head.status == 204 || head.status < 200 {
            return answer
        }
        guard let length = head["content-length"].flatMap({ Int($0) }) else {
            throw Failure.notHTTP("no Content-Length: \(head)")
        }
        while buffer.count < length {
            guard receive() else { throw cutOff }
        }
        answer.content = Array(buffer[..<length])
        buffer.removeFirst(length)
        return answer
    }

    private func endOfHead() throws -> Int {
        var searched = 0
        while true {
            var index = searched
            while index + 4 <= buffer.count {
                if buffer[index..<index + 4].elementsEqual([13, 10, 13, 10]) { return index + 4 }
                index += 1
            }
            searched = index
            guard receive() else { throw cutOff }
        }
    }

    private var cutOff: Failure {
        .cutOff(received: String(decoding: buffer.prefix(300), as: UTF8.self))
    }
}
