import Coding
import Foundation
import Testing

@Suite struct Base64Tests {
    @Test(arguments: ["A", "AAAAA", "AB", "AA=", "AA==", "A+", "A/", "AAB"])
    func ofURLsHasOneTextForItsBytes(text: String) { #expect(Base64.bytes(url: text) == nil) }

    @Test func ofURLsIsReadBack() {
        #expect(Base64.bytes(url: "") == [])
        #expect(Base64.bytes(url: "AA") == [0] && Base64.bytes(url: "_-8") == [0xFF, 0xEF])
        let long = String(repeating: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd", count: 3)
        #expect(Base64.bytes(url: long) == Array(repeating: Array(0...29), count: 3).flatMap { $0 })
    }

    @Test(arguments: 0..<70) func agreesWithFoundation(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ count) }
        let text = Data(bytes).base64EncodedString()
        #expect(Base64.text(bytes) == text)
        #expect(Base64.bytes(text) == bytes)
        let url = text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        #expect(String(decoding: Base64.text(bytes, .url), as: UTF8.self) == url)
        #expect(Base64.bytes(url: url) == bytes)
    }

    @Test(arguments: ["QUJDRA==", "QUJDRB==", "QUI=", "", "+/+/"])
    func takesATextWithItsPadding(text: String) {
        #expect(Base64.bytes(text) == Data(base64Encoded: text).map(Array.init))
    }

    @Test(arguments: ["QUJDRA", "QUJDRA=", "Q===", "=", "====", "QU=D", "QU D", "-_-_", "QUJ=RA=="])
    func refusesWhatIsNoText(text: String) { #expect(Base64.bytes(text) == nil) }
}
