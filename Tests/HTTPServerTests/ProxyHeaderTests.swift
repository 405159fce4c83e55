import HTTPServer
import LinuxIO
import Testing

/// What a balancer says before the bytes of its client.
@Suite struct ProxyHeaderTests {
    private static func parse(_ bytes: [UInt8]) -> ProxyHeader.Outcome {
        ProxyHeader.parse(bytes.span)
    }

    private static func client(_ bytes: [UInt8]) -> String? {
        guard case .complete(let header) = parse(bytes), let client = header.client else {
            return nil
        }
        return client.withText { text in
            String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
        }
    }

    static let signature: [UInt8] = Array("\r\n\r\n\0\r\nQUIT\n".utf8)

    /// A block of version 2 by its parts.
    static func block(
        command: UInt8 = 0x21, family: UInt8 = 0x11, _ addresses: [UInt8] = ipv4,
        _ extras: [UInt8] = []
    ) -> [UInt8] {
        let count = addresses.count + extras.count
        return signature + [command, family, UInt8(count >> 8), UInt8(count & 255)] + addresses
            + extras
    }

    static let ipv4: [UInt8] = [203, 0, 113, 7, 127, 0, 0, 1, 156, 64, 0, 80]
    static let ipv6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
        + [UInt8](repeating: 0, count: 15) + [1] + [156, 64, 0, 80]

    @Test(arguments: [
        ("PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\n", "203.0.113.7"),
        ("PROXY TCP6 2001:db8::1 ::1 65535 0\r\n", "2001:db8::1"),
        ("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", "192.0.2.1"),
        ("PROXY UNKNOWN\r\n", nil), ("PROXY UNKNOWN what ever stands here\r\n", nil),
    ])
    func lines(text: String, client: String?) {
        let bytes = Array(text.utf8)
        #expect(Self.client(bytes) == client)
        for count in 0..<bytes.count {
            #expect(Self.parse(Array(bytes[..<count])) == .incomplete, "\(count) bytes")
        }
        guard case .complete(let header) = Self.parse(bytes + Array("GET /".utf8)) else {
            Issue.record("what follows it was looked at")
            return
        }
        #expect(header.byteCount == bytes.count)
    }

    @Test(arguments: [
        "PROXY TCP4 203.0.113.7 127.0.0.1 40000\r\n", "PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\n",
        "PROXY TCP4 203.0.113.7 127.0.0.1 40000 65536\r\n", "PROXY \r\n", "PROXY  TCP4 1 2 3 4\r\n",
        "PROXY TCP4 203.0.113.7 127.0.0.1 040000 80\r\n", "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP4 203.0.113.7 127.0.0.1 1 2 3\r\n", "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP4  203.0.113.7 127.0.0.1 1 2\r\n", "PROXY TCP4 host 127.0.0.1 1 2\r\n",
        "PROXY TCP6 :: ::1 1 2\r\n", "GET / HTTP/1.1\r\n", "PROXy TCP4",
        "PROXY UNKNOWN " + String(repeating: "x", count: 100),
    ])
    func wrongLines(text: String) { #expect(Self.parse(Array(text.utf8)) == .malformed) }

    @Test func blocks() {
        #expect(Self.client(Self.block()) == "203.0.113.7")
        #expect(Self.client(Self.block(family: 0x21, Self.ipv6)) == "2001:db8::1")
        let whole = Self.block()
        for count in 0..<whole.count {
            #expect(Self.parse(Array(whole[..<count])) == .incomplete, "\(count) bytes")
        }
        // A balancer's own check, a Unix socket, a datagram, no family: nobody is named.
        for block in [
            Self.block(command: 0x20), Self.block(command: 0x20, family: 0, []),
            Self.block(family: 0x31, [UInt8](repeating: 0, count: 216)), Self.block(family: 0x12),
            Self.block(family: 0, []), Self.block(family: 0, [1, 2, 3]),
            Self.block(family: 0x21, [UInt8](repeating: 0, count: 36)),
        ] {
            guard case .complete(let header) = Self.parse(block) else {
                Issue.record("\(block) is refused")
                continue
            }
            #expect(header.client == nil)
            #expect(header.byteCount == block.count)
        }
    }

    @Test func wrongBlocks() {
        let tooLong = Self.signature + [0x21, 0x11, 0x10, 0x00]
        for block in [
            Self.block(command: 0x11), Self.block(command: 0x22), Self.block(family: 0x41),
            Self.block(family: 0x13), Self.block(Array(Self.ipv4.dropLast())),
            Self.block(family: 0x21, Self.ipv4), tooLong, Self.block(Self.ipv4, [4, 0]),
            Self.block(Self.ipv4, [4, 0, 1]), Self.block(Self.ipv4, [0x20, 0, 1, 1]),
            Array("\r\n\r\n\0\r\nQUIX".utf8), Self.block(Self.ipv4, [3, 0, 3, 1, 2, 3]),
        ] {
            #expect(Self.parse(block) == .malformed, "\(block)")
        }
    }

    @Test func saysWhatStandsBehindTheAddresses() {
        let noop: [UInt8] = [4, 0, 2, 0, 0]
        let tls: [UInt8] = [0x20, 0, 5, 1, 0, 0, 0, 0]
        guard case .complete(let header) = Self.parse(Self.block(Self.ipv4, noop + tls)) else {
            Issue.record("refused")
            return
        }
        #expect(header.client != nil)
        let plain: [UInt8] = [0x20, 0, 5, 0, 0, 0, 0, 0]
        guard case .complete(let other) = Self.parse(Self.block(Self.ipv4, plain)) else {
            Issue.record("refused")
            return
        }
        #expect(other.client == header.client)
    }

    /// The checksum is of HAProxy's `send-proxy-v2` with `proxy-v2-options crc32c`.
    @Test func looksAtTheChecksum() {
        let hole = Self.block(Self.ipv4, [3, 0, 4, 0, 0, 0, 0])
        let sum = Self.checksum(hole)
        let right = Array(hole.dropLast(4)) + (0..<4).map { UInt8(sum >> (24 - 8 * $0) & 255) }
        #expect(Self.client(right) == "203.0.113.7")
        // But for what says that there is one.
        for index in right.indices where index >= 16 && index != hole.count - 7 {
            var wrong = right
            wrong[index] ^= 1
            #expect(Self.client(wrong) == nil, "byte \(index)")
        }
    }

    /// By a table, as RFC 3720 appendix B.4 has its examples.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        let table = (0..<256).map { index -> UInt32 in
            (0..<8).reduce(UInt32(index)) { sum, _ in
                sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1
            }
        }
        return ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(($0 ^ UInt32($1)) & 255)] }
    }

    @Test func theChecksumIsThatOfTheStandard() {
        #expect(Self.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    }
}
