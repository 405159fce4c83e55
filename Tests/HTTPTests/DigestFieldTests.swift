import Foundation
import TestSupport
import Testing

@testable import HTTP

@Suite struct DigestFieldTests {
    /// SHA-256 of `{"hello": "world"}` and a line feed, RFC 9530 §B.
    private static let text = "RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="

    private static func digest(_ base64: String) -> DigestField {
        var bytes = SIMD32<UInt8>()
        for (index, byte) in (Data(base64Encoded: base64) ?? Data()).enumerated() {
            bytes[index] = byte
        }
        return .sha256(bytes)
    }

    private func read(_ values: String...) throws -> DigestField {
        let parsed = try #require(ParsedHead(fields: values.map { "Content-Digest: \($0)" }))
        return DigestField(.contentDigest, of: parsed.head, in: parsed.bytes.span)
    }

    @Test func findsTheSHA256() throws {
        let expected = Self.digest(Self.text)
        let member = "sha-256=:\(Self.text):"
        #expect(try read(member) == expected)
        #expect(try read("\(member);a=b") == expected)
        #expect(try read("sha-512=:AAAA:, \(member) , x=1") == expected)
        #expect(try read("x=\"a, \(member)\"") == .absent)
        #expect(try read("x=1", member) == expected)
        #expect(try read(member, member) == expected)
        #expect(try read("sha-512=:AAAA:") == .absent)
        #expect(try read("sha-2567=:AAAA:") == .absent)
        #expect(try read("") == .absent)
        #expect(try read() == .absent)
    }

    @Test(arguments: [
        "sha-256", "sha-256=", "sha-256=:", "sha-256=::", "sha-256=:\(text)", "sha-256=\(text)",
        "sha-256=:\(text.dropLast()):", "sha-256=:\(text.dropLast())A:", "sha-256=:\(text)=:",
        "sha-256=:\(text.dropLast(2))h=:", "sha-256=:-\(text.dropFirst()):", "sha-256=:\(text):x",
        "sha-256=:\(text):, sha-256=:A\(text.dropFirst()):", "sha-256=1, sha-256=:\(text):",
    ])
    func refusesWhatIsNone(value: String) throws {
        #expect(try read(value) == .malformed)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func readsWhatItWrites(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let digest = SIMD32<UInt8>.random(in: .min ... .max, using: &random)
        let line = OutputBuffer.written { $0.appendField("Repr-Digest", sha256: digest) }
        let bytes = Data((0..<32).map { digest[$0] })
        #expect(line == "Repr-Digest: sha-256=:\(bytes.base64EncodedString()):\r\n")
        let parsed = try #require(ParsedHead(fields: [String(line.dropLast())]))
        let found = DigestField(.reprDigest, of: parsed.head, in: parsed.bytes.span)
        #expect(found == .sha256(digest))
    }
}
