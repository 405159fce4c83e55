import Coding
import Testing

@Suite struct HexTests {
    @Test func everyByteIsReadBackInBothCases() {
        let bytes = Array(UInt8.min ... .max)
        let text = Hex.text(of: bytes)
        #expect(text.utf8.count == 512 && text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
        #expect(Hex.bytes(text) == bytes)
        #expect(Hex.bytes(text.uppercased()) == bytes)
    }

    @Test func aDigitIsWhatTheStandardLibraryTakesForOne() {
        for byte in UInt8.min ... .max {
            let digit = byte < 0x80 ? Character(Unicode.Scalar(byte)).hexDigitValue : nil
            #expect(byte.hexValue.map(Int.init) == digit, "\(byte)")
        }
    }

    @Test(arguments: ["0", "0g", "é", "0x10", " 0", "００"])
    func refusesWhatIsNoHex(text: String) { #expect(Hex.bytes(text) == nil) }

    @Test func numbersHaveTheirZeros() {
        #expect(Hex.text(0, digits: 16) == "0000000000000000")
        #expect(Hex.text(0xDEAD_BEEF, digits: 16) == "00000000deadbeef")
        #expect(Hex.text(.max, digits: 16) == "ffffffffffffffff")
        #expect(Hex.text(0x0A0B0C, digits: 6) == "0a0b0c")
    }
}
