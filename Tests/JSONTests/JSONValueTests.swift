import Foundation
import JSON
import Testing
import Text

@Suite struct JSONValueTests {
    private func value(_ text: String) -> JSONValue? { try? JSONValue(Array(text.utf8)) }

    @Test func readsEveryKindOfValue() {
        #expect(value(" null ") == .null)
        #expect(value("true") == .bool(true) && value("false") == .bool(false))
        for number in ["0", "-0", "10", "-1.5", "1e9", "0.25E-7", "2E+1"] {
            #expect(value(number) == .number(number))
        }
        #expect(value("[]") == .array([]) && value("{}") == .object([]))
        #expect(
            value(#"{"a": [1, "b"], "c": {}}"#)
                == .object([
                    .init(name: "a", value: .array([.number("1"), .string("b")])),
                    .init(name: "c", value: .object([])),
                ]))
        #expect(
            value(#""\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE00é""#) == .string("\"\\/\u{8}\u{c}\n\r\té😀é"))
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "01", "1.", ".5", "+1", "-", "1e", "[1,]", "[1 2]", "[", "{",
        #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{a:1}", #"{"a":1,"a":2}"#, "'a'", #"""#, "\"\n\"",
        #""\x""#, #""\u12""#, #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, "1 1", "// 1\n1",
        String(repeating: "[", count: 18) + String(repeating: "]", count: 18), "\u{feff}1",
    ])
    func refusesWhatIsNotJSON(text: String) {
        #expect(value(text) == nil)
    }

    @Test func saysWhereItGoesWrong() {
        for (text, offset) in [("[1,]", 3), ("{\"a\":tru}", 5), ("", 0), ("[1", 2)] {
            do throws(JSONValue.Malformed) {
                _ = try JSONValue(Array(text.utf8))
                Issue.record("took \(text)")
            } catch {
                #expect(error.offset == offset, "\(text)")
            }
        }
        #expect((try? JSONValue([UInt8(ascii: "\""), 0xFF, UInt8(ascii: "\"")])) == nil)
    }

    /// What Foundation takes after one change to a text is taken here, too.
    @Test(arguments: UInt64(0)..<4)
    func agreesWithFoundation(seed: UInt64) throws {
        var state = seed
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        let original = Array(#"{"a":[1,-2.5e3,"x\u00e9\n"],"b":{"c":null,"d":true},"e":""}"#.utf8)
        let bytes = Array(#"{}[]",:\u0123456789eE+-.x nulltrue"#.utf8)
        for _ in 0..<400 {
            var text = original
            text[random(text.count)] = bytes[random(bytes.count)]
            let theirs = try? JSONSerialization.jsonObject(
                with: Data(text), options: .fragmentsAllowed)
            guard let names = (theirs as? [String: Any])?.count, names == 3 else { continue }
            #expect((try? JSONValue(text)) != nil, "\(String(decoding: text, as: UTF8.self))")
        }
    }
}
