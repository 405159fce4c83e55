import Testing
import Text

@Suite struct UTF8StringTests {
    private static let composed: UTF8String = "caf\u{e9}"
    private static let decomposed: UTF8String = "cafe\u{301}"

    @Test func otherBytesAreAnotherText() {
        #expect(Self.composed.string == Self.decomposed.string)
        #expect(Self.composed != Self.decomposed)
        #expect(Set([Self.composed, Self.decomposed]).count == 2)
        #expect(Self.decomposed < Self.composed)
        #expect(UTF8String("\u{212A}") != "K")
    }

    @Test func sameBytesAreTheSameText() {
        let built = UTF8String("caf" + String(decoding: [0xC3, 0xA9] as [UInt8], as: UTF8.self))
        #expect(built == Self.composed)
        #expect(built.hashValue == Self.composed.hashValue)
    }

    @Test func bytesThatAreNoUTF8AreNoText() {
        #expect(UTF8String(validating: [0x63, 0xE9]) == nil)
        #expect(UTF8String(validating: Self.composed.utf8) == Self.composed)
    }

    @Test func combiningMarksBelongToNothing() {
        #expect(UTF8String("sub/\u{301}x").starts(with: "sub/"))
        #expect(UTF8String(".\u{301}dot").starts(with: "."))
        #expect(UTF8String("x.part").ends(with: ".part"))
        #expect(!UTF8String("part").ends(with: ".part"))
        #expect(UTF8String("xyz").contains("yz"))
        #expect(UTF8String("xyz").contains(""))
        #expect(!UTF8String("xyz").contains("wxyz"))
        #expect("a,\u{301}b".fields(separatedBy: ",") == ["a", "\u{301}b"])
        #expect("a=\u{301}=".fields(separatedBy: "=", maxSplits: 1) == ["a", "\u{301}="])
        #expect(",a,".fields(separatedBy: ",", keepsEmpty: true) == ["", "a", ""])
        #expect("a/\u{301}b".lastPlace(of: "/") != nil)
        #expect("?\u{301}b".firstPlace(of: "?") != nil)
    }

    @Test(arguments: [
        ("", ""), (" ", ""), (" a b\t", "a b"), (" \u{301}", "\u{301}"), ("\u{a0}a", "\u{a0}a"),
    ])
    func blanksAroundGo(text: String, expected: String) {
        #expect(UTF8String(text.withoutOuterBlanks) == UTF8String(expected))
    }
}
