import HTTP
import HTTPServer
import LinuxIO
import Testing

/// Requests and answers on one connection.
@Suite struct RequestTests {
    @Test(arguments: ["sync", "now", "async"])
    func aConnectionIsKeptFromRequestToRequest(way: String) throws {
        let client = try TestServer().connect()
        for byteCount in [0, 1, 10_000, 300_000] {
            try client.get("/\(way)/\(byteCount)")
            let answer = try client.readAnswer()
            #expect(answer.status == 200)
            #expect(answer.body == TestServer.pattern(0..<byteCount))
            #expect(answer.fields["connection"] == nil)
        }
    }

    /// Sizes tell the answers apart; some are given at once and some from elsewhere.
    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        let client = try TestServer().connect()
        let ways = ["sync", "async", "now", "sync", "async", "async", "now"]
        var requests = ""
        for index in 0..<500 {
            requests += "GET /\(ways[index % ways.count])/\(index * 7) HTTP/1.1\r\nHost: a\r\n\r\n"
        }
        try client.send(requests)
        for index in 0..<500 {
            #expect(try client.readAnswer().body == TestServer.pattern(0..<index * 7))
        }
    }

    /// More requests than a turn answers, and than one read takes.
    @Test func aFloodOfPipelinedRequestsIsAnsweredWhole() throws {
        let client = try TestServer().connect()
        let request = "GET /sync/1 HTTP/1.1\r\nHost: a\r\n\r\n"
        try client.send(String(repeating: request, count: 5000))
        for _ in 0..<5000 { #expect(try client.readAnswer().status == 200) }
    }

    /// All of it is in the socket before the loop sees any, and still others have their turns.
    @Test func aFloodOfPipelinedRequestsLeavesTurnsToOthers() throws {
        let server = try TestServer()
        let desk = server.desk
        let (greedy, modest) = (try server.connect(), try server.connect())
        for client in [greedy, modest] {
            try client.get("/sync/1")
            #expect(try client.readAnswer().status == 200)
        }
        let keeper = try server.connect()
        try keeper.get("/gate")
        #expect(desk.nextEvent() == "gate")
        let request = "GET /note/greedy HTTP/1.1\r\nHost: a\r\n\r\n"
        try greedy.send(String(repeating: request, count: 1000))
        try modest.get("/note/modest")
        desk.gate.signal()
        for _ in 0..<1000 { #expect(try greedy.readAnswer().status == 200) }
        #expect(try modest.readAnswer().status == 200)
        let events = (0..<1001).map { _ in desk.nextEvent() }
        let place = try #require(events.firstIndex(of: "/note/modest"))
        #expect(place < 200, "after \(place) others")
    }

    @Test(arguments: ["GET /sync/5", "GET /async/5", "POST /count"])
    func aRequestMayBeSplitAnywhere(line: String) throws {
        let client = try TestServer().connect()
        let isUpload = line.hasPrefix("POST")
        var request = Array("\(line) HTTP/1.1\r\nHost: a\r\n".utf8)
        if isUpload { request += Array("Transfer-Encoding: chunked\r\n".utf8) }
        request += Array("\r\n".utf8)
        if isUpload {
            request +=
                Array("5\r\n".utf8) + TestServer.pattern(0..<5) + Array("\r\n0\r\n\r\n".utf8)
        }
        for split in 1..<request.count {
            try client.send(Array(request[..<split]))
            try client.send(Array(request[split...]))
            let answer = try client.readAnswer()
            #expect(answer.status == 200)
            #expect(isUpload ? answer.text == "5 true" : answer.body.count == 5)
        }
    }

    @Test func aRequestMayComeByteByByte() throws {
        let client = try TestServer().connect()
        for _ in 0..<3 {
            for byte in "GET /now/3 HTTP/1.1\r\nHost: a\r\nCookie: 1234567890\r\n\r\n".utf8 {
                try client.send([byte])
            }
            #expect(try client.readAnswer().body.count == 3)
        }
    }

    /// The last bytes of a head that came in pieces bring the next requests with them.
    @Test func whatFollowsASplitHeadIsKept() throws {
        let client = try TestServer().connect()
        try client.send("GET /sync/1 HTTP/1.1\r\nHos")
        try client.send("t: a\r\n\r\nGET /async/2 HTTP/1.1\r\nHost: a\r\n\r\nGET /sync/3 HT")
        #expect(try client.readAnswer().body.count == 1)
        #expect(try client.readAnswer().body.count == 2)
        try client.send("TP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.readAnswer().body.count == 3)
    }

    @Test(arguments: ["sync", "now", "async"])
    func headIsAnsweredWithoutContent(way: String) throws {
        let client = try TestServer().connect()
        try client.send("HEAD /\(way)/5000 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.readAnswer(hasBody: false).fields["content-length"] == "5000")
        try client.get("/\(way)/2")
        #expect(try client.readAnswer().body.count == 2)
    }

    @Test(arguments: ["sync", "async"])
    func theClientSaysWhetherTheConnectionIsKept(way: String) throws {
        let server = try TestServer()
        let rows = [
            ("1.1", "", nil, true), ("1.1", "Connection: close\r\n", "close", false),
            ("1.0", "", "close", false), ("1.0", "Connection: keep-alive\r\n", "keep-alive", true),
        ]
        for (version, field, said, isKept) in rows {
            let client = try server.connect()
            let request = "GET /\(way)/9 HTTP/\(version)\r\nHost: a\r\n\(field)\r\n"
            try client.send(request)
            #expect(try client.readAnswer().fields["connection"] == said)
            if isKept {
                try client.send(request)
                #expect(try client.readAnswer().status == 200)
            } else {
                #expect(client.readToEnd() == ([], .closed))
            }
        }
    }

    enum Wrong: String, CaseIterable {
        case noHost, twoBlanks, version2, longTarget, longField

        var request: (text: String, status: Int) {
            let long = String(repeating: "a", count: 20_000)
            return switch self {
            case .noHost: ("GET /sync/1 HTTP/1.1\r\n\r\n", 400)
            case .twoBlanks: ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400)
            case .version2: ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505)
            case .longTarget: ("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", 414)
            case .longField: ("GET / HTTP/1.1\r\nHost: a\r\nA: \(long)\r\n\r\n", 431)
            }
        }
    }

    @Test(arguments: Wrong.allCases)
    func whatIsNoRequestIsRefusedAndTheConnectionClosed(wrong: Wrong) throws {
        let (request, status) = wrong.request
        let server = try TestServer()
        // At once, and in pieces behind a good request.
        let direct = try server.connect()
        try direct.send(request)
        let split = try server.connect()
        try split.get("/sync/1")
        #expect(try split.readAnswer().status == 200)
        for piece in [request.prefix(3), request.dropFirst(3).prefix(5), request.dropFirst(8)] {
            try split.send(String(piece))
        }
        for client in [direct, split] {
            let answer = try client.readAnswer()
            #expect(answer.status == status)
            #expect(answer.fields["connection"] == "close")
            #expect(client.readToEnd() == ([], .closed))
        }
    }

    @Test func anExchangeDroppedUnansweredIsA500() throws {
        let client = try TestServer().connect()
        try client.get("/drop")
        #expect(try client.readAnswer().status == 500)
        try client.get("/sync/1")
        #expect(try client.readAnswer().status == 200)
    }

    @Test func onlyTheFirstAnswerCounts() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.get("/hold")
        let exchange = try #require(server.desk.nextHeld())
        exchange.respond(.init(status: .accepted))
        exchange.respond(.init(status: .gone))
        #expect(try client.readAnswer().status == 202)
        try client.get("/sync/1")
        #expect(try client.readAnswer().status == 200)
    }
}
