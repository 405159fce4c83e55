import HTTP
import HTTPServer
import LinuxIO
import Testing

/// Who a request is from when proxies have passed it on.
@Suite struct ForwardedClientTests {
    private static let networks = ["127.0.0.0/8", "10.0.0.0/8", "2001:db8:1::/48"]
        .compactMap { NetworkRange($0) }

    private static func client(
        _ fields: [String], by field: ForwardingField, from peer: String = "10.0.0.9"
    ) throws -> String {
        let request = Array(
            ("GET / HTTP/1.1\r\nHost: a\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n").utf8)
        guard case .complete(let head) = RequestHead.parse(request.span) else {
            Issue.record("no request: \(fields)")
            return ""
        }
        let text = Array(peer.utf8)
        let given = PeerAddress(text.span)
        let peer = try #require(given)
        let found = ForwardedClient.find(
            head, in: request.span, by: field, from: peer,
            trusts: { address in networks.contains { $0.contains(address) } })
        return found.withText { text in
            String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
        }
    }

    @Test(arguments: [
        ("203.0.113.7", "203.0.113.7"), ("203.0.113.7, 10.0.0.1", "203.0.113.7"),
        // What the client wrote itself stands on the left.
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.0.0.1, 10.2.0.1", "203.0.113.7"),
        ("10.0.0.1, 10.0.0.2", "10.0.0.1"), ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"), ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"), ("203.0.113.7,,", "203.0.113.7"),
        ("unknown", "10.0.0.9"), ("198.51.100.1, unknown", "10.0.0.9"),
        ("198.51.100.1, unknown, 10.0.0.1", "10.0.0.1"), ("", "10.0.0.9"),
        ("::", "10.0.0.9"), ("198.51.100.1, ::, 10.0.0.3", "10.0.0.3"),
        ("203.0.113.7.", "10.0.0.9"), ("[2001:db8::7", "10.0.0.9"), ("[::1]x", "10.0.0.9"),
        // The client's own, to which a proxy has added whom it got it from.
        ("9.9.9.9:\", 203.0.113.7", "203.0.113.7"), ("\", 203.0.113.7", "203.0.113.7"),
        ("9.9.9.9:x", "10.0.0.9"), ("9.9.9.9:", "10.0.0.9"), ("[2001:db8::7]:x", "10.0.0.9"),
        ("9.9.9.9:123456", "10.0.0.9"),
    ])
    func readsTheListFromTheRight(value: String, client: String) throws {
        #expect(
            try Self.client(["X-Forwarded-For: \(value)"], by: .xForwardedFor) == client)
    }

    @Test(arguments: [
        ("for=203.0.113.7", "203.0.113.7"), ("For=\"203.0.113.7:4711\";proto=https", "203.0.113.7"),
        ("proto=https; for=\"[2001:db8::7]\"", "2001:db8::7"),
        ("for=198.51.100.1, for=203.0.113.7;by=10.0.0.1, for=10.0.0.1", "203.0.113.7"),
        ("for=198.51.100.1, for=\"_hidden\"", "10.0.0.9"), ("proto=https", "10.0.0.9"),
        ("for=\"203.0.113.7", "10.0.0.9"), ("for=\"198.51.100.1, for=203.0.113.7", "203.0.113.7"),
        ("for=9.9.9.9;x=\", for=203.0.113.7", "203.0.113.7"), ("\", for=10.0.0.1", "10.0.0.1"),
        ("for=9.9.9.9;x=\", for=\"[2001:db8::7]\"", "2001:db8::7"),
        ("for=9.9.9.9;for=203.0.113.7", "10.0.0.9"), ("for=9.9.9.9;x", "10.0.0.9"),
        ("for=9.9.9.9 x=y", "10.0.0.9"), ("for=203.0.113.7:4711;by=_a", "203.0.113.7"),
        ("for=[2001:db8::7]:4711", "2001:db8::7"), ("for=\"9.9.9.9\\\"", "10.0.0.9"),
    ])
    func readsForwardedLikewise(value: String, client: String) throws {
        #expect(try Self.client(["Forwarded: \(value)"], by: .forwarded) == client)
    }

    @Test func severalLinesAreOneList() throws {
        let fields = ["X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 203.0.113.7, 10.0.0.1"]
        #expect(try Self.client(fields, by: .xForwardedFor) == "203.0.113.7")
    }

    @Test func theOtherFieldSaysNothing() throws {
        let fields = ["X-Forwarded-For: 198.51.100.1", "Forwarded: for=203.0.113.7"]
        #expect(try Self.client(fields, by: .xForwardedFor) == "198.51.100.1")
        #expect(try Self.client(fields, by: .forwarded) == "203.0.113.7")
        #expect(try Self.client(fields, by: .none) == "10.0.0.9")
    }

    @Test func noMoreThanItsLimitIsWalked() throws {
        let hops = (1...40).map { "10.0.1.\($0)" }
        #expect(
            try Self.client(
                ["X-Forwarded-For: 203.0.113.7, \(hops.joined(separator: ", "))"],
                by: .xForwardedFor) == "10.0.1.9")
    }
}
