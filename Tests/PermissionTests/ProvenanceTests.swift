import HTTP
import LinuxIO
import Permission
import Testing

@Suite struct ProvenanceTests {
    private static let loopback = PeerAddress(
        bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1])
    private static let elsewhere = PeerAddress(
        bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1])

    private static func provenance(
        _ fields: [String], host: String = "localhost:8080", version: String = "1.1",
        from peer: PeerAddress = loopback
    ) -> Provenance {
        let lines = ["POST /images HTTP/\(version)", "Host: \(host)"] + fields + ["", ""]
        let bytes = Array(lines.joined(separator: "\r\n").utf8)
        guard case .complete(let head) = RequestHead.parse(bytes.span)
        else { preconditionFailure("\(lines) is no head") }
        return Provenance(head, in: bytes.span, from: peer, listed: ["https://listed.example"])
    }

    @Test func whoSitsAtTheMachineIsLocal() {
        #expect(Self.provenance([]).isLocal)
        #expect(Self.provenance([], host: "127.0.0.1").isLocal)
        #expect(!Self.provenance([], from: Self.elsewhere).isLocal)
        #expect(!Self.provenance([], host: "pollex.example").isLocal)
        #expect(!Self.provenance([], version: "1.0").isLocal)
    }

    @Test(arguments: [
        "Via: 1.1 a", "X-Forwarded-For: 192.0.2.1", "forwarded: for=192.0.2.1",
        "CF-Connecting-IP: 192.0.2.1", "X-Envoy-External-Address: 192.0.2.1",
    ])
    func whatIsPassedOnIsNot(field: String) {
        #expect(!Self.provenance([field]).isLocal)
    }

    @Test(arguments: [
        ([], false), (["Origin: http://localhost:8080"], false),
        (["Origin: https://localhost:8080"], false), (["Origin: http://localhost:81"], true),
        (["Origin: null"], true), (["Origin: https://listed.example"], false),
        (["Origin: https://listed.example", "Sec-Fetch-Site: cross-site"], false),
        (["Origin: https://listed.example", "Origin: https://evil.example"], true),
        (["Sec-Fetch-Site: cross-site"], true), (["Sec-Fetch-Site: same-origin"], false),
        (["Sec-Fetch-Site: none"], false), (["Sec-Fetch-Site: same-site"], true),
    ])
    func aPageOfAnotherOriginIsForeign(fields: [String], isForeign: Bool) {
        #expect(Self.provenance(fields).isForeign == isForeign)
    }
}
