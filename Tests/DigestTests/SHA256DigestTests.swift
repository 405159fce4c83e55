import Digest
import Testing

@Suite struct SHA256DigestTests {
    /// FIPS 180-4's examples and NIST's long one.
    static let vectors: [(text: String, count: Int, hex: String)] = [
        ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ]

    @Test(arguments: vectors)
    func knownContentHasItsKnownDigest(vector: (text: String, count: Int, hex: String)) {
        let content = [UInt8](String(repeating: vector.text, count: vector.count).utf8)
        #expect(hex(SHA256Digest(of: content)) == vector.hex)
    }

    /// Wherever it is cut, also at the hash's own block of 64 bytes.
    @Test(arguments: [1, 3, 63, 64, 65, 128, 1000])
    func piecesAreHashedAsTheWhole(pieceByteCount: Int) {
        let content = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var hasher = SHA256Hasher()
        for start in stride(from: 0, to: content.count, by: pieceByteCount) {
            let piece = Array(content[start..<min(content.count, start + pieceByteCount)])
            hasher.update(piece.span)
            hasher.update([UInt8]().span)
        }
        #expect(hasher.finish() == SHA256Digest(of: content))
    }

    @Test func aDigestHasThirtyTwoBytes() {
        let digest = SHA256Digest(of: [1])
        let bytes = (0..<32).map { digest.bytes[$0] }
        #expect(SHA256Digest(bytes: bytes) == digest)
        #expect(SHA256Digest(bytes: Array(bytes.dropLast())) == nil)
        #expect(SHA256Digest(bytes: bytes + [0]) == nil)
    }

    @Test func theConstantTimeComparisonSeesEveryBit() {
        let digest = SHA256Digest(of: [1])
        #expect(digest.isEqualInConstantTime(to: SHA256Digest(of: [1])))
        for index in 0..<32 {
            for bit in 0..<8 {
                var bytes = digest.bytes
                bytes[index] ^= 1 << UInt8(bit)
                #expect(!digest.isEqualInConstantTime(to: SHA256Digest(bytes: bytes)))
            }
        }
    }

    private func hex(_ digest: SHA256Digest) -> String {
        let digits = Array("0123456789abcdef")
        return String(
            (0..<32).flatMap {
                [digits[Int(digest.bytes[$0] >> 4)], digits[Int(digest.bytes[$0] & 15)]]
            })
    }
}
