import Glibc
import LinuxIO

/// A client that sends exactly the bytes it is given. Every call waits ten seconds at most.
final class Client {
    enum Failure: Error, Equatable {
        case connect(CInt)
        /// The peer has closed, or reset, or said nothing for the time limit.
        case send(CInt)
        case receive(CInt)
        case endedEarly(received: Int)
        case notHTTP
    }

    private(set) var descriptor: CInt
    private var buffer: [UInt8] = []

    init(_ address: SocketAddress, from source: String? = nil, receiveBuffer: CInt? = nil) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        if let receiveBuffer { set(SO_RCVBUF, receiveBuffer) }
        setTimeout(milliseconds: 10_000)
        if let source {
            let (own, size) = Self.storage(source, 0)
            _ = unsafe Self.withAddress(own) { unsafe bind(descriptor, $0, size) }
        }
        let (peer, size) = Self.storage(address.host, address.port)
        let result = unsafe Self.withAddress(peer) { unsafe connect(descriptor, $0, size) }
        if result != 0 { throw Failure.connect(errno) }
    }

    /// By a Unix socket.
    init(path: String) throws {
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        setTimeout(milliseconds: 10_000)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: Array(path.utf8))
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, size)
            }
        }
        if result != 0 { throw Failure.connect(errno) }
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }

    func reset() {
        Socket.resetOnClose(descriptor)
        close()
    }

    func finishSending() { _ = shutdown(descriptor, CInt(SHUT_WR)) }

    func setSendBuffer(_ byteCount: CInt) { set(SO_SNDBUF, byteCount) }

    func setTimeout(milliseconds: Int) {
        var time = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }

    // MARK: Sending

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        let sent = sendAsMuchAsGoes(bytes)
        if sent < bytes.count { throw Failure.send(errno) }
    }

    /// Until the time limit or an error stops it; how many bytes went.
    func sendAsMuchAsGoes(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { raw in
                unsafe Glibc.send(
                    descriptor, raw.baseAddress.map { unsafe $0 + sent }, raw.count - sent,
                    CInt(MSG_NOSIGNAL))
            }
            if count < 0 { return sent }
            sent += count
        }
        return sent
    }

    func get(_ path: String, fields: String = "") throws {
        try send("GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
    }

    // MARK: Receiving

    struct Answer {
        let status: Int
        /// Names in lower case.
        let fields: [String: String]
        let body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// - Parameter hasBody: false for HEAD.
    func readAnswer(hasBody: Bool = true) throws -> Answer {
        let end: [UInt8] = Array("\r\n\r\n".utf8)
        var headEnd = 0
        while true {
            if let found = Self.firstIndex(of: end, in: buffer) {
                headEnd = found + 4
                break
            }
            try receiveMore()
        }
        let head = String(decoding: buffer[..<headEnd], as: UTF8.self)
        let lines = head.split(separator: "\r\n")
        guard let line = lines.first, line.hasPrefix("HTTP/1.1 "),
            let status = Int(line.dropFirst(9).prefix(3))
        else { throw Failure.notHTTP }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw Failure.notHTTP }
            fields[line[..<colon].lowercased()] = String(
                line[line.index(after: colon)...].drop { $0 == " " })
        }
        buffer.removeFirst(headEnd)
        let length = hasBody ? fields["content-length"].flatMap { Int($0) } ?? 0 : 0
        while buffer.count < length { try receiveMore() }
        let body = Array(buffer[..<length])
        buffer.removeFirst(length)
        return Answer(status: status, fields: fields, body: body)
    }

    enum Ending { case closed, reset, silent }

    /// Everything up to the end, and which end that was.
    func readToEnd() -> (bytes: [UInt8], ending: Ending) {
        while true {
            do {
                try receiveMore()
            } catch {
                let bytes = buffer
                buffer = []
                if case Failure.endedEarly = error { return (bytes, .closed) }
                return (bytes, error as? Failure == .receive(EAGAIN) ? .silent : .reset)
            }
        }
    }

    /// At most `limit` bytes, as many as are there.
    func receiveMore(limit: Int = 65_536) throws {
        var chunk = [UInt8](repeating: 0, count: limit)
        let count = unsafe recv(descriptor, &chunk, limit, 0)
        if count < 0 { throw Failure.receive(errno) }
        if count == 0 { throw Failure.endedEarly(received: buffer.count) }
        buffer.append(contentsOf: chunk[..<count])
    }

    /// Whether nothing is there to be read now.
    func hasNothing() -> Bool {
        var byte: UInt8 = 0
        return unsafe recv(descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) < 0
    }

    /// What has been received and not read.
    func takeReceived() -> [UInt8] {
        defer { buffer = [] }
        return buffer
    }

    // MARK: Addresses

    private func set(_ option: CInt, _ value: CInt) {
        var value = value
        unsafe setsockopt(
            descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    private static func storage(_ host: String, _ port: UInt16) -> (sockaddr_in, socklen_t) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        unsafe inet_pton(AF_INET, host, &address.sin_addr)
        return (address, socklen_t(MemoryLayout<sockaddr_in>.size))
    }

    private static func withAddress(
        _ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>) -> CInt
    ) -> CInt {
        var address = address
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
        }
    }

    private static func firstIndex(of wanted: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= wanted.count else { return nil }
        return (0...bytes.count - wanted.count).first { start in
            bytes[start..<start + wanted.count].elementsEqual(wanted)
        }
    }
}
