import Testing

@testable import HTTP

@Suite struct FieldSectionTests {
    private func errorOfField(_ line: String) -> HTTPError? {
        HTTPError.of("GET / HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n")
    }

    @Test(arguments: KnownField.allCases)
    func findsEveryKnownFieldInAnyCase(field: KnownField) throws {
        let name = field.lowercaseName.description
        let value = Self.validValue(of: field)
        for spelling in [name, name.uppercased(), name.prefix(1).uppercased() + name.dropFirst()] {
            let host = field == .host ? "" : "Host: a\r\n"
            let parsed = try #require(
                ParsedHead("GET / HTTP/1.1\r\n\(host)\(spelling): \(value)\r\n\r\n"))
            #expect(parsed.text(field) == value)
            #expect(!parsed.head.repeated(field))
            let others = KnownField.allCases.filter { $0 != field && $0 != .host }
            #expect(others.allSatisfy { parsed.head[$0] == nil })
        }
    }

    @Test(arguments: KnownField.allCases)
    func takesNoNameForAnother(field: KnownField) throws {
        let name = Array(field.lowercaseName.description)
        for index in name.indices {
            var other = name
            other[index] = other[index] == "z" ? "y" : "z"
            let parsed = try #require(ParsedHead(fields: ["\(String(other)): 1"]))
            #expect(KnownField.allCases.allSatisfy { $0 == .host || parsed.head[$0] == nil })
        }
    }

    static func validValue(of field: KnownField) -> String {
        switch field {
        case .host: "example.com:80"
        case .contentLength: "5"
        case .transferEncoding: "chunked"
        default: "some value"
        }
    }

    @Test func hasAPlaceForEveryKnownField() {
        #expect(KnownField.allCases.allSatisfy { $0.rawValue < KnownField.count })
    }

    @Test(arguments: [
        (":v", "v"), (": v", "v"), (":\t v \t", "v"), (": a \t b ", "a \t b"), (":", ""),
        (":   ", ""), (": é", "é"), (": \"x\"", "\"x\""),
    ])
    func takesBlanksOffValues(rest: String, expected: String) throws {
        let parsed = try #require(ParsedHead(fields: ["Accept\(rest)"]))
        #expect(parsed.text(.accept) == expected)
    }

    @Test(arguments: [
        "A : 1", "A\t: 1", " A: 1", "\tA: 1", ": 1", "A", "A b: 1", "A\0: 1", "Aé: 1", "A\u{7F}: 1",
        "A: \0", "A: \u{7}", "A: \u{7F}", "A: b\rc", "A: b\nc", "A: b\r\n c", "A: b\r\n\tc",
        "A: b\n", "A\r\n", "A@b: 1", "A(: 1", "\"A\": 1",
    ])
    func refusesMalformedLines(line: String) {
        #expect(errorOfField(line) == .malformedFieldLine)
    }

    @Test func acceptsEveryTokenByteInNamesAndObsTextInValues() throws {
        #expect(errorOfField("!#$%&'*+-.^_`|~09azAZ: 1") == nil)
        let head = Array("GET / HTTP/1.1\r\nHost: a\r\nA: ".utf8) + [0x80, 0xFF] + "\r\n\r\n".utf8
        #expect(HTTPError.of(head) == nil)
    }

    @Test func judgesEveryByteInAValueAlike() {
        for byte in UInt8.min...UInt8.max {
            let isGood = byte == 9 || (byte >= 32 && byte != 127)
            for padding in 0..<9 {
                let filler = [UInt8](repeating: UInt8(ascii: "x"), count: padding)
                let head =
                    Array("GET / HTTP/1.1\r\nHost: a\r\nA: ".utf8) + filler + [byte]
                    + "yyyyyyyy\r\n\r\n".utf8
                #expect((HTTPError.of(head) == nil) == isGood, "\(byte) behind \(padding)")
            }
        }
    }

    @Test func listsAllValuesOfARepeatedFieldInOrder() throws {
        let parsed = try #require(
            ParsedHead(fields: [
                "If-None-Match: \"a\"", "X: 1", "IF-NONE-MATCH:\t\"b\" ", "if-none-match:",
                "Accept: q",
            ]))
        #expect(parsed.values(.ifNoneMatch) == ["\"a\"", "\"b\"", ""])
        #expect(parsed.text(.ifNoneMatch) == "\"a\"")
        #expect(parsed.head.repeated(.ifNoneMatch))
        #expect(parsed.values(.accept) == ["q"])
        #expect(parsed.values(.range) == [])
    }

    @Test func limitsFieldsAndTheWholeHead() {
        let limits = HeadLimits(headByteCount: 200, fieldCount: 3)
        let start = "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nA: 2\r\n"
        #expect(HTTPError.of("\(start)\r\n", limits: limits) == nil)
        #expect(HTTPError.of("\(start)A: 3\r\n", limits: limits) == .tooManyFields)

        let filler = 200 - "GET / HTTP/1.1\r\nHost: a\r\nA: \r\n\r\n".utf8.count
        let line = "GET / HTTP/1.1\r\nHost: a\r\nA: " + String(repeating: "x", count: filler)
        #expect(HTTPError.of("\(line)\r\n\r\n", limits: limits) == nil)
        #expect(HTTPError.of("\(line)\r\n\r\nnext", limits: limits) == nil)
        #expect(HTTPError.of("\(line)x\r\n\r\n", limits: limits) == .headTooLarge)
        #expect(HTTPError.of("\(line)xxxx", limits: limits) == .headTooLarge)
        #expect(HTTPError.of("\(line)xxx", limits: limits) == nil)
        #expect(HTTPError.headTooLarge.status == .requestHeaderFieldsTooLarge)
        #expect(HTTPError.tooManyFields.status == .requestHeaderFieldsTooLarge)
    }

    @Test(arguments: [
        "a", "example.com", "example.com:80", "example.com:", "1.2.3.4:5", "[::1]", "[::1]:80",
        "[1:2:3:4:5:6:7:8]", "[1::]", "[::]", "[::ffff:1.2.3.4]", "0.0.0.0=5000", "a.",
        "foo-bar_baz.com", "a%2Db", "a:65535", "-a.c",
    ])
    func acceptsHosts(host: String) throws {
        let parsed = try #require(ParsedHead("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n"))
        #expect(parsed.text(.host) == host)
    }

    @Test(arguments: [
        "", ":80", ".", ".a", "a..b", "..", "{", "}", "a b", "a,b c", "é", "a/b", "a?b", "u@h",
        "a:b", "a:-1", "a:65536", "a:1:2", "::1", "[", "]", "[]", "[::1", "[::1]'", "[::1]a",
        "[::1]/..", "[1]", "[:1]", "[1:]", "[1:::2]", "[1::2::3]", "[12345::]",
        "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7::8]", "[::1.2.3]", "[::1.2.3.256]",
        "[::1.2.3.04]", "[::1%25en0]", "a%2", "a%", "a%zz", "a\"", "a\\b", "a^b", "a|b", "a#b",
    ])
    func refusesHosts(host: String) {
        #expect(HTTPError.of("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") == .malformedHost)
        #expect(HTTPError.of("GET / HTTP/1.0\r\nHost: \(host)\r\n\r\n") == .malformedHost)
    }

    @Test func needsExactlyOneHost() {
        #expect(HTTPError.of("GET / HTTP/1.1\r\n\r\n") == .missingHost)
        #expect(HTTPError.of("GET http://h/ HTTP/1.1\r\n\r\n") == .missingHost)
        #expect(HTTPError.of("GET / HTTP/1.0\r\n\r\n") == nil)
        #expect(errorOfField("Host: a") == .repeatedHost)
        #expect(HTTPError.of("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") == .repeatedHost)
    }
}
