import Coding
import Foundation
import Testing

@Suite struct PercentCodingTests {
    private func decode(_ text: String, plus: UInt8 = UInt8(ascii: "+")) -> String? {
        let bytes = Array(text.utf8)
        return PercentCoding.decode(bytes.span, plus: plus).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test func everyCharacterIsReadBack() throws {
        let text = String(String.UnicodeScalarView((1..<0x500).compactMap { Unicode.Scalar($0) }))
        let encoded = PercentCoding.encode(text)
        var unreserved = CharacterSet(charactersIn: "-._~")
        unreserved.formUnion(CharacterSet(charactersIn: "a"..."z"))
        unreserved.formUnion(CharacterSet(charactersIn: "A"..."Z"))
        unreserved.formUnion(CharacterSet(charactersIn: "0"..."9"))
        #expect(encoded == text.addingPercentEncoding(withAllowedCharacters: unreserved))
        #expect(decode(encoded) == text)
    }

    @Test func aPlusSignIsWhatTheReaderTakesItFor() {
        #expect(decode("a+b%2B%20") == "a+b+ ")
        #expect(decode("a+b%2B%20", plus: UInt8(ascii: " ")) == "a b+ ")
    }

    @Test(arguments: ["%", "%2", "a%", "%2g", "%g2", "%%41", "%é"])
    func refusesABrokenEscape(text: String) { #expect(decode(text) == nil) }
}
