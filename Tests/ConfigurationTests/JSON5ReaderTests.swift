import Foundation
import Testing

@testable import Configuration
import Text

@Suite struct JSON5ReaderTests {
    @Test func readsWhatTheStandardShows() throws {
        let text = #"""
            // comments
            {
              unquoted: 'and you can quote me on that', $a_1: null, /* block **/
              singleQuotes: 'I can use "double quotes" here',
              lineBreaks: "Look, Mom! \
            No \\n's!",
              hexadecimal: 0xdecaf, leadingDot: .8675309, trailingDot: 8675309.,
              positiveSign: +1, negative: -0x10, exponent: 1e-3,
              trailingComma: 'in objects', andIn: ['arrays',],
              "backwardsCompatible": "with JSON", escapes: "\x41\u00e9\ud83d\ude00\/\'\0",
            }
            """#
        let value = try JSON5Reader.parse(Array(text.utf8))
        #expect(value["unquoted"] == .string("and you can quote me on that"))
        #expect(value["$a_1"] == .null)
        #expect(value["lineBreaks"] == .string("Look, Mom! No \\n's!"))
        #expect(value["hexadecimal"] == .integer(0xdecaf))
        #expect(value["leadingDot"] == .real(0.8675309))
        #expect(value["trailingDot"] == .real(8675309))
        #expect(value["positiveSign"] == .integer(1))
        #expect(value["negative"] == .integer(-16))
        #expect(value["exponent"] == .real(0.001))
        #expect(value["andIn"] == .array([.string("arrays")]))
        #expect(value["escapes"] == .string("Aé😀/'\0"))
    }

    @Test(arguments: [
        ("", 1, 1, "a value is missing"), ("{", 1, 2, "a } is missing"),
        ("{a}", 1, 3, "a colon is missing after a"), ("{a:}", 1, 4, "a value is missing"),
        ("{a:1 b:2}", 1, 6, "a comma or } is missing"), ("[1 2]", 1, 4, "a comma or ] is missing"),
        ("{\n\n  a: yes}", 3, 6, "yes is no value; text needs quotes"),
        ("{} x", 1, 4, "text after the end of the document"), ("{1a: 1}", 1, 2, "a key is missing"),
        ("'a\nb'", 1, 1, "this text has no closing quote"),
        ("/* ", 1, 1, "this comment has no end"),
        ("{a: 1, 'a': 2}", 1, 8, "a is there twice"), ("[,]", 1, 2, "a value is missing"),
        ("'\\ud800'", 1, 2, "half a surrogate pair"), ("'\\xg0'", 1, 4, "2 hex digits are missing"),
        ("NaN", 1, 1, "NaN is no value; text needs quotes"), ("01", 1, 1, "01 is no number"),
        ("- 1", 1, 1, "- is no number"), ("+-1", 1, 1, "+-1 is no number"),
        ("0x", 1, 1, "0x is no number"), ("1e999", 1, 1, "1e999 is no number"),
        (".", 1, 1, ". is no number"), ("-Infinity", 1, 1, "-Infinity is no number"),
        ("0x-1", 1, 1, "0x-1 is no number"), ("1_0", 1, 1, "1_0 is no number"),
    ])
    func saysWhereAndWhat(text: String, line: Int, column: Int, reason: String) {
        let expected = JSON5Reader.Failure(line: line, column: column, reason: reason)
        #expect(throws: expected) { try JSON5Reader.parse(Array(text.utf8)) }
    }

    @Test func depthIsBounded() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSON5Reader.Failure.self) { try JSON5Reader.parse(Array(text.utf8)) }
    }

    @Test func refusesBytesThatAreNoText() {
        #expect(throws: JSON5Reader.Failure.self) { try JSON5Reader.parse([0x27, 0xFF, 0x27]) }
    }

    /// Whatever is cut off or overwritten, it answers and never traps; where Foundation's JSON5
    /// reader and ours both take a text, they agree that it is one.
    @Test(arguments: UInt64(0)..<300)
    func survivesDamage(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var bytes = Array("{a: [1, -2.5e3, 0x1F,], 'b': {c: \"\\u00e9\\n\"}, /* x */ d: true}".utf8)
        let interesting = Array("{}[]:,'\"\\/*-+.0x1eu\n\u{FF}".utf8)
        for _ in 0..<(1 + random(3)) {
            bytes[random(bytes.count)] = interesting[random(interesting.count)]
        }
        bytes = Array(bytes.prefix(1 + random(bytes.count * 3)))
        let taken = (try? JSON5Reader.parse(bytes)) != nil
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        if taken {
            #expect(throws: Never.self) { try decoder.decode(Anything.self, from: Data(bytes)) }
        }
    }

    /// Decodes from any document, so that only its syntax counts.
    private struct Anything: Decodable {
        init(from decoder: any Decoder) throws {}
    }
}
