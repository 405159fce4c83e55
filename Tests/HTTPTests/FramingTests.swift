import Testing

@testable import HTTP

@Suite struct FramingTests {
    private func framing(_ fields: String..., version: String = "1.1") throws -> BodyFraming {
        try #require(ParsedHead(method: "POST", version: version, fields: fields)).head.framing
    }

    private func error(_ fields: String..., version: String = "1.1") -> HTTPError? {
        let lines = ["POST / HTTP/\(version)", "Host: a"] + fields + ["", ""]
        return HTTPError.of(lines.joined(separator: "\r\n"))
    }

    @Test func readsLengthsAndChunked() throws {
        #expect(try framing() == .none)
        #expect(try framing("Content-Length: 0") == .length(0))
        #expect(try framing("content-LENGTH:\t0005 ") == .length(5))
        #expect(try framing("Content-Length: 18446744073709551615") == .length(.max))
        #expect(try framing("Content-Length: 5", version: "1.0") == .length(5))
        #expect(try framing("Transfer-Encoding: chunked") == .chunked)
        #expect(try framing("Transfer-Encoding: \t ChunKed \t") == .chunked)
        #expect(try framing("Transfer-Encoding: , chunked ,") == .chunked)
        #expect(try framing("Transfer_Encoding: x", "Content_Length: -1") == .none)
        let get = try #require(ParsedHead(fields: ["Content-Length: 5"]))
        #expect(get.head.framing == .length(5))
    }

    @Test(arguments: [
        "", "-1", "+1", "1 2", "1,2", "5, 5", "0x5", "1e3", "5.0", "0_1", "five", "5\t5", "\"5\"",
        "５", "5;", "-0", ",5", "5,",
    ])
    func refusesOtherLengths(value: String) {
        #expect(error("Content-Length: \(value)") == .malformedContentLength)
    }

    @Test(arguments: ["18446744073709551616", "99999999999999999999999999999999999999"])
    func refusesLengthsBeyond64Bits(value: String) {
        #expect(error("Content-Length: \(value)") == .contentLengthTooLarge)
        #expect(HTTPError.contentLengthTooLarge.status == .contentTooLarge)
    }

    @Test func refusesWhatTwoParsersCouldReadTwoWays() {
        #expect(error("Content-Length: 5", "Content-Length: 5") == .repeatedContentLength)
        #expect(error("Content-Length: 5", "Content-Length: 6") == .repeatedContentLength)
        for fields in [
            ["Content-Length: 5", "Transfer-Encoding: chunked"],
            ["Transfer-Encoding: chunked", "Content-Length: 5"],
            ["Transfer-Encoding: gzip", "Content-Length: 0"],
        ] {
            #expect(error(fields[0], fields[1]) == .lengthBesideTransferEncoding)
        }
        #expect(
            error("Transfer-Encoding: chunked", version: "1.0") == .malformedTransferEncoding)
    }

    @Test(arguments: [
        "", ",", "chunked, chunked", "chunked, gzip", "chunked, identity", "identity", "gzip",
        "xchunked", "chunked;q=1", "\"chunked\"", "chunked\u{B}", "chun ked", "chunked gzip",
        "gzip chunked",
    ])
    func refusesCodingsThatDoNotEndInOneChunked(value: String) {
        let found = error("Transfer-Encoding: \(value)")
        let hasControl = value.contains("\u{B}")
        #expect(found == (hasControl ? .malformedFieldLine : .malformedTransferEncoding))
    }

    @Test func answersOtherCodingsBeforeChunkedBy501() {
        #expect(error("Transfer-Encoding: gzip, chunked") == .unsupportedTransferCoding)
        #expect(error("Transfer-Encoding: identity, chunked") == .unsupportedTransferCoding)
        #expect(error("Transfer-Encoding: a;b=\"c,d\" , chunked") == .unsupportedTransferCoding)
        let lines = ("Transfer-Encoding: gzip", "Transfer-Encoding: chunked")
        #expect(error(lines.0, lines.1) == .unsupportedTransferCoding)
        #expect(error(lines.1, lines.0) == .malformedTransferEncoding)
        #expect(error(lines.1, lines.1) == .malformedTransferEncoding)
        #expect(HTTPError.unsupportedTransferCoding.status == .notImplemented)
    }

    @Test(arguments: [
        ("1.1", [], true), ("1.0", [], false), ("1.1", ["close"], false), ("1.1", ["Close"], false),
        ("1.0", ["keep-alive"], true), ("1.0", ["Keep-Alive, X"], true),
        ("1.1", ["x, close"], false), ("1.0", ["close, keep-alive"], false),
        ("1.0", ["keep-alive", "close"], false), ("1.1", ["x", "close"], false),
        ("1.1", ["closed"], true), ("1.1", ["\"close\""], true), ("1.1", [""], true),
    ])
    func knowsWhetherTheConnectionStays(version: String, values: [String], stays: Bool) throws {
        let fields = values.map { "Connection: \($0)" }
        #expect(try #require(ParsedHead(version: version, fields: fields)).head.keepAlive == stays)
    }

    @Test(arguments: [
        ("1.1", [], RequestExpectation.none), ("1.1", ["100-continue"], .continue),
        ("1.1", ["100-Continue"], .continue), ("1.1", ["200-ok"], .unsupported),
        ("1.1", ["100-continue, x"], .unsupported), ("1.1", ["x", "100-continue"], .unsupported),
        ("1.1", ["100-continue=1"], .unsupported), ("1.0", ["100-continue"], .none),
        ("1.0", ["x"], .none), ("1.1", [""], .none),
    ])
    func readsExpectations(version: String, values: [String], expected: RequestExpectation) throws {
        let parsed = try #require(
            ParsedHead(version: version, fields: values.map { "Expect: \($0)" }))
        #expect(parsed.head.expectation == expected)
        #expect(parsed.head.expectsContinue == (expected == .continue))
    }

    @Test func endsTheHeadAtItsBlankLine() throws {
        let parsed = try #require(ParsedHead("GET / HTTP/1.0\r\n\r\nGET /second HTTP/1.0\r\n\r\n"))
        #expect(parsed.head.byteCount == 18)
        #expect(parsed.text(parsed.head.target) == "/")
    }
}
