import Testing

@testable import HTTP

@Suite struct RequestLineTests {
    private func errorOfLine(_ line: String) -> HTTPError? {
        HTTPError.of("\(line)\r\nHost: a\r\n\r\n")
    }

    @Test(arguments: [
        ("GET", Method.get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete),
        ("PATCH", .patch), ("OPTIONS", .options), ("TRACE", .trace), ("get", .unknown),
        ("GETS", .unknown), ("PROPFIND", .unknown), ("-BLARGH", .unknown), ("PRI", .unknown),
    ])
    func knowsMethodsByTheirExactName(name: String, expected: Method) throws {
        let parsed = try #require(ParsedHead("\(name) / HTTP/1.1\r\nHost: a\r\n\r\n"))
        #expect(parsed.head.method == expected)
    }

    @Test(arguments: [
        "", " ", " GET / HTTP/1.1", "GET", "GET ", "GET /", "GET / ", "GET  / HTTP/1.1",
        "GET /  HTTP/1.1", "GET / HTTP/1.1 ", "GET\t/ HTTP/1.1", "GET /\tHTTP/1.1",
        "GET /a b HTTP/1.1", "GET/ HTTP/1.1", "GET: / HTTP/1.1", "GET(/ HTTP/1.1",
        "GET / http/1.1", "GET / HTTP/1.1x", "GET / HTTP/11", "GET / HTTP/1", "GET / HTTP/1.10",
        "GET / HTTP/0.99", "GET / HTTP/1,1", "GET / FTP/1.1", "GET /HTTP/1.1", "GET / HTTP 1.1",
        "GET /\u{7F} HTTP/1.1", "GET /\u{1} HTTP/1.1", "GET /\0 HTTP/1.1", "G\0T / HTTP/1.1",
        "GET /\n HTTP/1.1", "GET /\r HTTP/1.1", "GETß / HTTP/1.1",
    ])
    func refusesMalformedLines(line: String) {
        #expect(errorOfLine(line) == .malformedRequestLine)
    }

    @Test(arguments: ["HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"])
    func answersOtherVersionsBy505(version: String) {
        #expect(errorOfLine("GET / \(version)") == .unsupportedVersion)
        #expect(errorOfLine("PRI * \(version)") == .unsupportedVersion)
        #expect(HTTPError.unsupportedVersion.status == .httpVersionNotSupported)
    }

    @Test(arguments: [
        ("/", "/"), ("/a/b?c=d", "/a/b?c=d"), ("///x", "///x"), ("/a?b#c", "/a?b#c"),
        ("/\"q\"?\"", "/\"q\"?\""), ("/{}|^`<>\\", "/{}|^`<>\\"),
        ("http://h/a?b", "/a?b"), ("HTTPS://h:1/a", "/a"), ("http://h", ""), ("http://h?q", "?q"),
        ("http://[::1]:8080/x", "/x"), ("http://h#f", "#f"),
    ])
    func findsPathAndQuery(target: String, expected: String) throws {
        let parsed = try #require(ParsedHead("GET \(target) HTTP/1.1\r\nHost: other\r\n\r\n"))
        #expect(parsed.text(parsed.head.target) == expected)
        #expect(parsed.head.targetForm == (target.hasPrefix("/") ? .origin : .absolute))
    }

    @Test func takesTheAuthorityOfAnAbsoluteTargetBeforeHost() throws {
        let absolute = try #require(ParsedHead("GET http://h:81/ HTTP/1.1\r\nHost: b\r\n\r\n"))
        #expect(absolute.text(absolute.head.authority) == "h:81")
        let origin = try #require(ParsedHead("GET / HTTP/1.1\r\nHost: b:82\r\n\r\n"))
        #expect(origin.text(origin.head.authority) == "b:82")
        let none = try #require(ParsedHead("GET / HTTP/1.0\r\n\r\n"))
        #expect(none.head.authority.isEmpty)
        #expect(none.head.minorVersion == 0)
    }

    @Test(arguments: [
        "GET foo/bar", "GET *", "GET example.com:443", "GET ftp://h/", "GET http:/h/",
        "GET http://", "GET http:///a", "GET http://u:p@h/", "GET http://h:x/", "GET s://]ufd/:",
        "GET http://a..b/", "OPTIONS **", "OPTIONS host", "CONNECT /", "CONNECT h", "CONNECT h:",
        "CONNECT http://h:1/", "CONNECT []%20:1", "CONNECT *", "GET ?a", "GET #", "GET /é",
    ])
    func refusesTargetsTheMethodDoesNotHave(line: String) {
        #expect(errorOfLine("\(line) HTTP/1.1") == .malformedTarget)
    }

    @Test func keepsAsteriskForOptionsAndAuthorityForConnect() throws {
        let options = try #require(ParsedHead("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"))
        #expect(options.head.targetForm == .asterisk)
        let connect = try #require(ParsedHead("CONNECT [::1]:443 HTTP/1.1\r\nHost: a\r\n\r\n"))
        #expect(connect.head.method == .connect)
        #expect(connect.head.targetForm == .authority)
        #expect(connect.text(connect.head.authority) == "[::1]:443")
    }

    @Test func skipsOneEmptyLineAndNoMore() throws {
        let parsed = try #require(ParsedHead("\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\nrest"))
        #expect(parsed.text(parsed.head.target) == "/x")
        #expect(parsed.head.byteCount == parsed.bytes.count - 4)
        #expect(HTTPError.of("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == .malformedRequestLine)
        #expect(HTTPError.of("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == .malformedRequestLine)
        #expect(HTTPError.of("\r\r\n") == .malformedRequestLine)
    }

    @Test func refusesBadBytesWithoutWaitingForTheLineEnd() {
        #expect(HTTPError.of("\u{16}\u{3}\u{1}") == .malformedRequestLine)  // A TLS handshake.
        #expect(HTTPError.of("GET /\u{1}") == .malformedRequestLine)
        #expect(HTTPError.of("GET / HTTPS") == .malformedRequestLine)
        #expect(HTTPError.of("GET / HTTP/1.1\n") == .malformedRequestLine)
        #expect(HTTPError.of("GET / HTTP/1.1\r\nA b") == .malformedFieldLine)
        #expect(HTTPError.of("GET / HTTP/1.1\r\nA: \0") == .malformedFieldLine)
    }

    @Test func limitsMethodAndTarget() {
        let longest = String(repeating: "M", count: 32)
        #expect(HTTPError.of("\(longest) / HTTP/1.1\r\nHost: a\r\n\r\n") == nil)
        #expect(HTTPError.of("\(longest)M") == .methodTooLong)
        let limits = HeadLimits(targetByteCount: 20, headByteCount: 100)
        let target = "/" + String(repeating: "t", count: 19)
        #expect(HTTPError.of("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits) == nil)
        #expect(HTTPError.of("GET \(target)t", limits: limits) == .targetTooLong)
        #expect(HTTPError.targetTooLong.status == .uriTooLong)
    }
}
