import Testing

@testable import JSON

@Suite struct JSONWriterTests {
    private func text(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.finish(), as: UTF8.self)
    }

    @Test func setsCommasBetweenMembersAndElements() {
        let json = text { writer in
            writer.beginObject()
            writer.field("a", 1)
            writer.key("b")
            writer.beginArray()
            writer.number(-2 as Int64)
            writer.beginObject()
            writer.endObject()
            writer.null()
            writer.endArray()
            writer.field("c", true)
            writer.key("d")
            writer.verbatim(Array("{\"e\":0}".utf8).span)
            writer.endObject()
        }
        #expect(json == #"{"a":1,"b":[-2,{},null],"c":true,"d":{"e":0}}"#)
    }

    @Test(arguments: [
        ("plain", #""plain""#), ("a\"b\\c", #""a\"b\\c""#),
        ("\n\u{1}\u{1f}", #""\u000a\u0001\u001f""#),
        ("é 🎈 /", #""é 🎈 /""#), ("", #""""#),
    ])
    func escapesWhatJSONForbidsInStrings(value: String, expected: String) {
        #expect(text { $0.string(value) } == expected)
        #expect(text { $0.string(Array(value.utf8).span) } == expected)
    }

    /// The replacement is the one `String(decoding:as:)` makes, which follows Unicode's advice.
    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC2], [0xE2, 0x82], [0xE2, 0x82, 0x41], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x9F, 0x8E, 0x88, 0xFF],
            [0x61, 0xFF, 0xFE, 0x62], [0xE1, 0x80, 0xE2, 0xF0, 0x91, 0x92, 0xF1, 0xBF, 0x41],
        ] as [[UInt8]])
    func replacesBytesThatAreNotUTF8(bytes: [UInt8]) {
        #expect(text { $0.string(bytes.span) } == "\"\(String(decoding: bytes, as: UTF8.self))\"")
    }

    @Test func everyPairOfBytesBecomesValidUTF8() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                var writer = JSONWriter()
                writer.string([first, second, 0x80].span)
                #expect(String(validating: writer.finish(), as: UTF8.self) != nil)
            }
        }
    }

    @Test(arguments: [
        (0.5, "0.5"), (1e-9, "1e-09"), (Double.nan, "null"), (-Double.infinity, "null"),
        (-3, "-3.0"),
    ])
    func writesNumbersThatJSONHas(value: Double, expected: String) {
        #expect(text { $0.number(value) } == expected)
    }

    @Test func writesIntegersWhole() {
        #expect(text { $0.number(UInt64.max) } == "18446744073709551615")
        #expect(text { $0.number(Int64.min) } == "-9223372036854775808")
        #expect(text { $0.number(0 as UInt64) } == "0")
        #expect(text { $0.hexadecimal(0xAB) } == "\"00000000000000ab\"")
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (784_111_777_123_456, "1994-11-06T08:49:37.123Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000_000, "2000-03-01T00:00:00.000Z"),
            (4_107_542_399_999_000, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
        ] as [(UInt64, String)])
    func writesTimesInUTC(microseconds: UInt64, expected: String) {
        #expect(text { $0.timestamp(microseconds: microseconds) } == "\"\(expected)\"")
    }
}
