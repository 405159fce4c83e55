import LinuxIO
import Testing

@Suite struct NetworkRangeTests {
    private func address(_ text: String) throws -> PeerAddress {
        let bytes = Array(text.utf8)
        let address = PeerAddress(bytes.span)
        return try #require(address, "\(text)")
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"), ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("0.0.0.0/0", "203.0.113.7", "2001:db8::1"), ("::/0", "2001:db8::1", "203.0.113.7"),
        ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"),
        ("192.0.2.128/25", "192.0.2.255", "192.0.2.127"), ("::1", "::1", "::2"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3"),
    ])
    func holdsWhatBeginsAlike(text: String, inside: String, outside: String) throws {
        let range = try #require(NetworkRange(text))
        #expect(range.contains(try address(inside)))
        #expect(!range.contains(try address(outside)))
        #expect(range.description == text)
        #expect(!range.contains(.local))
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/+8",
        "10.0.0.1/8", "10.0.0.0/8/8", "10.0.0", "2001:db8::/129", "2001:db8::1/32", "host/8",
        "::1%lo", "1.2.3.4:80", "[::1]",
    ])
    func refusesWhatIsNone(text: String) { #expect(NetworkRange(text) == nil) }

    @Test func nobodyHasTheAddressOfNobody() {
        for text in ["::", "0:0:0:0:0:0:0:0"] {
            let bytes = Array(text.utf8)
            let address = PeerAddress(bytes.span)
            #expect(address == nil)
        }
    }
}
