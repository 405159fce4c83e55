import TLS
import Testing

@Suite struct TLSContextTests {
    private static func identity(_ name: String = "a.example") throws -> TLSMaterial.Identity {
        let made = try #require(SelfSigned(names: [name, "127.0.0.1"], days: 30))
        return TLSMaterial.Identity(chain: made.certificate, key: made.key)
    }

    @Test func whatWasMadeIsTaken() throws {
        let identities = [try Self.identity(), try Self.identity("*.b.example")]
        let context = try TLSContext(
            TLSMaterial(identities: identities, ticketKeys: .random()))
        #expect(context.endsAt > 1_700_000_000)
    }

    @Test func whatIsWrongIsSaid() throws {
        let good = try Self.identity()
        let other = try Self.identity()
        let wrong: [(TLSMaterial.Identity, TLSFault)] = [
            (.init(chain: [], key: good.key), .certificate(1)),
            (.init(chain: Array("none".utf8), key: good.key), .certificate(1)),
            (.init(chain: good.chain.dropLast(20) + [10], key: good.key), .certificate(1)),
            (.init(chain: good.chain + good.chain.dropLast(40), key: good.key), .certificate(1)),
            (.init(chain: good.chain, key: []), .key(1)),
            (.init(chain: good.chain, key: good.chain), .key(1)),
            (.init(chain: good.chain, key: other.key), .pair(1)),
        ]
        for (identity, fault) in wrong {
            let material = TLSMaterial(identities: [good, identity], ticketKeys: try .random())
            #expect(throws: fault) { _ = try TLSContext(material) }
        }
    }

    @Test func authoritiesHaveToBeCertificates() throws {
        var material = TLSMaterial(
            identities: [try Self.identity()], ticketKeys: try .random())
        for wrong in [[], Array("none".utf8)] as [[UInt8]] {
            material.authorities = wrong
            #expect(throws: TLSFault.authorities) { _ = try TLSContext(material) }
        }
        material.authorities = material.identities[0].chain
        _ = try TLSContext(material)
    }

    @Test func ticketKeysAreLinesOfHex() throws {
        let line = String(repeating: "0a", count: 80)
        _ = try TicketKeys(Array("\(line)\n\n\(line.uppercased())\r\n".utf8))
        for wrong in ["", "\n", "0a", line + "0a", line.replacing("a", with: "g")] {
            #expect(throws: TLSFault.ticketKeys) { _ = try TicketKeys(Array(wrong.utf8)) }
        }
        let many = String(repeating: line + "\n", count: TicketKeys.limit + 1)
        #expect(throws: TLSFault.ticketKeys) { _ = try TicketKeys(Array(many.utf8)) }
    }

    @Test func namesOfACertificateArePlain() {
        for wrong in [[], [""], ["a b"], ["a,b"], ["\u{e9}.example"]] as [[String]] {
            #expect(SelfSigned(names: wrong, days: 1) == nil)
        }
        #expect(SelfSigned(names: ["a"], days: 0) == nil)
    }

    @Test func whatIsNoTLSFails() throws {
        let context = try TLSContext(
            TLSMaterial(identities: [try Self.identity()], ticketKeys: .random()))
        guard var session = TLSSession(context) else {
            Issue.record("no memory")
            return
        }
        let output = TLSOutput()
        let request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        var plain = [UInt8](repeating: 0, count: 65_536)
        let result = unsafe request.withUnsafeBytes { request in
            unsafe plain.withUnsafeMutableBytes { plain in
                unsafe session.receive(request, into: plain, output)
            }
        }
        #expect(result.state == .failed)
        #expect(result.plainByteCount == 0)
        let isShaken = session.isShaken
        #expect(!isShaken)
    }
}
