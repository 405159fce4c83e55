import Rendition
import Digest
import TestSupport
import Testing

@Suite struct ContentHashTests {
    /// The task allocator's alignment: what is kept across an `await` must not ask for more.
    @Test func whatNamesThingsFitsIntoAsyncFrames() {
        #expect(MemoryLayout<SHA256Digest>.alignment <= 16)
        #expect(MemoryLayout<ContentHash>.alignment <= 16)
        #expect(MemoryLayout<RenditionKey>.alignment <= 16)
        #expect(MemoryLayout<RenditionRequest>.alignment <= 16)
    }

    @Test(arguments: UInt64(0)..<16)
    func hexAndBytesAgree(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bytes = SIMD32<UInt8>.random(in: 0...255, using: &random)
        let hash = ContentHash(bytes: bytes)
        let expected = bytes.indices.map { index in
            let hex = String(bytes[index], radix: 16)
            return hex.count == 1 ? "0" + hex : hex
        }.joined()
        #expect(hash.hex == expected)
        #expect(ContentHash(hex: expected) == hash)
        let upperCase = Array(expected.uppercased().utf8)
        let fromUpperCase = ContentHash(hexOfAnyCase: upperCase.span)
        #expect(fromUpperCase == hash)
        let raw = bytes.indices.map { bytes[$0] }
        let fromRaw = ContentHash(raw: raw.span)
        #expect(fromRaw == hash)
    }

    /// Each of the 256 bytes, in the first and in the last place.
    @Test(arguments: UInt8.min...UInt8.max)
    func takesHexDigitsOnly(byte: UInt8) {
        let lower = Array("0123456789abcdef".utf8)
        let upper = Array("ABCDEF".utf8)
        for place in [0, 63] {
            var digits = [UInt8](repeating: UInt8(ascii: "1"), count: 64)
            digits[place] = byte
            let strict = ContentHash(hex: digits.span)
            #expect((strict != nil) == lower.contains(byte))
            let anyCase = ContentHash(hexOfAnyCase: digits.span)
            #expect((anyCase != nil) == (lower + upper).contains(byte))
        }
    }

    @Test(arguments: [0, 1, 31, 63, 65, 128])
    func takesNoOtherLength(count: Int) {
        #expect(ContentHash(hex: String(repeating: "a", count: count)) == nil)
        let raw = [UInt8](repeating: 1, count: count)
        let fromRaw = ContentHash(raw: raw.span)
        #expect(fromRaw == nil)
    }
}
