import Glibc
import LinuxIO
import Testing

@Suite struct SocketTests {
    @Test(arguments: ["127.0.0.1:80", "0.0.0.0:0", "[::1]:8080", "[2001:db8::1]:65535"])
    func anAddressIsWrittenAsItWasRead(text: String) throws {
        #expect(try #require(SocketAddress(text)).description == text)
    }

    @Test(arguments: [
        "", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "localhost:80", "127.0.0.1:-1",
        "[::1]", "256.0.0.1:1", ":80",
    ])
    func whatIsNoAddressIsRefused(text: String) { #expect(SocketAddress(text) == nil) }

    @Test(arguments: [
        ("127.0.0.1:1", true), ("127.9.9.9:1", true), ("[::1]:1", true), ("0.0.0.0:1", false),
        ("10.0.0.1:1", false), ("[::]:1", false),
    ])
    func loopbackIsKnown(text: String, isLoopback: Bool) throws {
        #expect(try #require(SocketAddress(text)).isLoopback == isLoopback)
    }

    /// Several listeners share a port, and each connection reaches one of them.
    @Test func aListenerTellsItsPortAndThePeersAddress() throws {
        let address = try #require(SocketAddress("127.0.0.1:0"))
        let first = try Socket.listen(on: address, backlog: 8, as: .first)
        let actual = try Socket.localAddress(first.rawValue)
        #expect(actual.host == "127.0.0.1" && actual.port > 0)
        let second = try Socket.listen(on: actual, backlog: 8, as: .beside)
        #expect(try Socket.accept(first.rawValue) == nil)
        let client = try connect(to: actual)
        // The kernel has chosen one of them.
        var accepted = try Socket.accept(first.rawValue)
        if accepted == nil { accepted = try Socket.accept(second.rawValue) }
        let (raw, peer) = try #require(accepted)
        let socket = OwnedDescriptor(adopting: raw)
        #expect(text(of: peer) == "127.0.0.1")
        #expect(fcntl(socket.rawValue, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(socket.rawValue, F_GETFD) & FD_CLOEXEC != 0)
        #expect(Socket.send(socket.rawValue, [UInt8](repeating: 1, count: 9).span) == .moved(9))
        _ = consume client
    }

    @Test func anAddressInUseIsRefused() throws {
        let address = try #require(SocketAddress("127.0.0.1:0"))
        let first = try Socket.listen(on: address, backlog: 8, as: .first)
        let actual = try Socket.localAddress(first.rawValue)
        #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) {
            _ = try Socket.listen(on: actual, backlog: 8, as: .first)
        }
    }

    @Test func aPacketCarriesDescriptors() throws {
        let (first, second) = try Socket.packetPair()
        let near = OwnedDescriptor(adopting: first)
        let far = OwnedDescriptor(adopting: second)
        let files = try (0..<4).map { index in
            let bytes = [UInt8](repeating: UInt8(index), count: index + 1)
            return SharedDescriptor(try unsafe SealedMemory.file(holding: bytes.span.bytes))
        }
        for count in 0...4 {
            let sent = Socket.sendPacket(
                far.rawValue, [1, 2, 3], descriptors: files.prefix(count).map(\.rawValue))
            #expect(sent == .moved(3))
            let (result, bytes, descriptors) = Socket.receivePacket(near.rawValue, capacity: 10)
            #expect(result == .moved(3) && bytes == [1, 2, 3] && descriptors.count == count)
            for (index, raw) in descriptors.enumerated() {
                let file = OwnedDescriptor(adopting: raw)
                let content = try Files.read(file.rawValue, offset: 0, byteCount: 10)
                #expect(content == [UInt8](repeating: UInt8(index), count: index + 1))
                #expect(fcntl(file.rawValue, F_GETFD) & FD_CLOEXEC != 0)
            }
        }
    }

    @Test func aPacketLongerThanWasHopedForIsAnErrorAndLeaksNothing() throws {
        let (first, second) = try Socket.packetPair()
        let near = OwnedDescriptor(adopting: first)
        let far = OwnedDescriptor(adopting: second)
        let file = try unsafe SealedMemory.file(holding: [UInt8]([7]).span.bytes)
        let before = dup(0)
        _ = close(before)
        _ = Socket.sendPacket(far.rawValue, [1, 2, 3], descriptors: [file.rawValue])
        let (result, _, descriptors) = Socket.receivePacket(near.rawValue, capacity: 2)
        #expect(result == .failed(SystemError(call: "recvmsg", code: EMSGSIZE)))
        #expect(descriptors.isEmpty)
        _ = consume file
    }

    @Test func nothingYetAndTheEndAreToldApart() throws {
        let (first, second) = try Socket.packetPair()
        let near = OwnedDescriptor(adopting: first)
        #expect(Socket.receivePacket(near.rawValue, capacity: 10).0 == .wouldBlock)
        OwnedDescriptor.close(second)
        #expect(Socket.receivePacket(near.rawValue, capacity: 10).0 == .ended)
        #expect(Socket.sendPacket(near.rawValue, [1], descriptors: []) == .ended)
    }

    @Test func sealedMemoryCanNotBeChanged() throws {
        let content: [UInt8] = [1, 2, 3]
        let file = try unsafe SealedMemory.file(holding: content.span.bytes)
        #expect(try Files.read(file.rawValue, offset: 1, byteCount: 10) == [2, 3])
        #expect(ftruncate(file.rawValue, 0) == -1)
        #expect(unsafe pwrite(file.rawValue, content, 3, 0) == -1)
        #expect(try Files.size(file.rawValue) == 3)
    }

    private func connect(to address: SocketAddress) throws -> SharedDescriptor {
        let client = OwnedDescriptor(adopting: socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0))
        var peer = sockaddr_in()
        peer.sin_family = sa_family_t(AF_INET)
        peer.sin_port = address.port.bigEndian
        unsafe inet_pton(AF_INET, address.host, &peer.sin_addr)
        let raw = client.rawValue
        let result = unsafe withUnsafePointer(to: &peer) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
        return SharedDescriptor(client)
    }

    private func text(of peer: PeerAddress) -> String {
        peer.withText { bytes in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
    }
}

@Suite struct PeerAddressTests {
    @Test(arguments: [
        ([0, 0, 0, 0], "0.0.0.0"), ([127, 0, 0, 1], "127.0.0.1"),
        ([9, 10, 99, 100], "9.10.99.100"),
        ([255, 255, 255, 255], "255.255.255.255"),
    ])
    func anIPv4AddressHasFourNumbers(numbers: [UInt8], text: String) {
        var bytes = SIMD16<UInt8>()
        (bytes[10], bytes[11]) = (255, 255)
        for index in 0..<4 { bytes[12 + index] = numbers[index] }
        let address = PeerAddress(bytes: bytes)
        #expect(address.isIPv4)
        address.withText { #expect($0.count == text.utf8.count) }
        #expect(Self.text(address) == text)
    }

    /// RFC 5952 §4, and every pattern of zero groups.
    @Test func anIPv6AddressIsWrittenInItsOneWay() throws {
        let samples: [([UInt16], String)] = [
            ([0, 0, 0, 0, 0, 0, 0, 1], "::1"),
            ([0x2001, 0xDB8, 0, 0, 0, 0, 2, 1], "2001:db8::2:1"),
            ([0x2001, 0xDB8, 0, 1, 1, 1, 1, 1], "2001:db8:0:1:1:1:1:1"),
            ([0x2001, 0xDB8, 0, 0, 1, 0, 0, 1], "2001:db8::1:0:0:1"),
            ([0x2001, 0, 0, 1, 0, 0, 0, 0xABCD], "2001:0:0:1::abcd"),
            ([0xFE80, 0x10, 0x200, 0x3000, 0, 0, 0, 0], "fe80:10:200:3000::"),
        ]
        for (groups, text) in samples { #expect(Self.text(of: groups) == text) }
        // `::` is nobody's; it stands for who has no address.
        for pattern in 1..<256 {
            let groups = (0..<8).map { UInt16(pattern >> $0 & 1) * 0xA0 }
            let text = Self.text(of: groups)
            var address = in6_addr()
            try #require(unsafe inet_pton(AF_INET6, text, &address) == 1, "\(text)")
            let read = unsafe withUnsafeBytes(of: &address) { bytes in
                (0..<8).map { unsafe UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
            }
            #expect(read == groups, "\(text)")
        }
    }

    private static func text(of groups: [UInt16]) -> String {
        var bytes = SIMD16<UInt8>()
        for (index, group) in groups.enumerated() {
            (bytes[2 * index], bytes[2 * index + 1]) = (UInt8(group >> 8), UInt8(group & 255))
        }
        #expect(!PeerAddress(bytes: bytes).isIPv4)
        return text(PeerAddress(bytes: bytes))
    }

    private static func text(_ address: PeerAddress) -> String {
        address.withText { bytes in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
    }
}
