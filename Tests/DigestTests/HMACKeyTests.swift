import Digest
import Testing

@Suite struct HMACKeyTests {
    /// RFC 4231's cases for HMAC-SHA-256, with keys shorter and longer than a block.
    static let vectors: [(key: [UInt8], message: [UInt8], hex: String)] = [
        (
            Array(repeating: 0x0B, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            Array(repeating: 0xAA, count: 20), Array(repeating: 0xDD, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            Array(1...25), Array(repeating: 0xCD, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            Array(repeating: 0xAA, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ]

    @Test(arguments: vectors)
    func knownMessagesHaveTheirKnownCodes(vector: (key: [UInt8], message: [UInt8], hex: String)) {
        let key = HMACKey(vector.key)
        // Twice: a key is not used up.
        for _ in 0..<2 {
            var message = key.begin()
            message.update(vector.message.span)
            #expect(hex(key.code(of: message)) == vector.hex)
        }
    }

    /// The comparison counts, so it can not have stopped at the first difference, and it looks at
    /// no byte behind those it is asked for.
    @Test(arguments: [1, 16, 21, 31, 32])
    func theComparisonWalksTheWholeLength(count: Int) {
        let digest = SHA256Digest(of: [1])
        for first in 0..<32 {
            var bytes = digest.bytes
            for index in first..<32 { bytes[index] ^= 0x80 >> UInt8(index % 8) }
            let other = SHA256Digest(bytes: bytes)
            #expect(digest.differingByteCount(from: other, first: count) == max(0, count - first))
        }
    }

    private func hex(_ digest: SHA256Digest) -> String {
        digest.bytes.indices.map { index in
            let text = String(digest.bytes[index], radix: 16)
            return text.count == 1 ? "0\(text)" : text
        }.joined()
    }
}
