import HTTP
import HTTPServer
import LinuxIO
import Testing

/// Bodies of requests, and answers that come before them.
@Suite struct BodyTests {
    private static func upload(_ byteCount: Int, fields: String = "") -> String {
        "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: \(byteCount)\r\n\(fields)\r\n"
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 3_000_000])
    func aBodyOfAnyLengthArrivesWhole(byteCount: Int) throws {
        let client = try TestServer().connect()
        for _ in 0..<2 {
            try client.send(Self.upload(byteCount))
            try client.send(TestServer.pattern(0..<byteCount))
            #expect(try client.readAnswer().text == "\(byteCount) true")
        }
    }

    @Test func chunksArriveAsOneBody() throws {
        let client = try TestServer().connect()
        try client.send("POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        var start = 0
        for byteCount in [1, 15, 70_000, 3, 200_000] {
            try client.send(String(byteCount, radix: 16) + ";x=y\r\n")
            try client.send(TestServer.pattern(start..<start + byteCount))
            try client.send("\r\n")
            start += byteCount
        }
        try client.send("0\r\nTrailer: x\r\n\r\nGET /sync/7 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.readAnswer().text == "\(start) true")
        #expect(try client.readAnswer().body.count == 7)
    }

    @Test(arguments: ["5\r\nabcdeX", "x\r\n", "5\r\nabcde\r\n0\r\nBad Trailer\r\n\r\n"])
    func brokenFramingInABodyIsA400AndTheEnd(body: String) throws {
        let client = try TestServer().connect()
        try client.send("POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        try client.send(body + "GET /sync/1 HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try client.readAnswer()
        #expect(answer.status == 400)
        #expect(answer.fields["connection"] == "close")
        #expect(client.readToEnd() == ([], .closed))
    }

    /// A body that nobody reads decides too whether there was a request: nothing is done before.
    @Test(arguments: ["GET", "HEAD", "DELETE", "OPTIONS"], ["x\r\n", "5\r\nabcdeX"])
    func brokenFramingOfABodyThatNobodyReadsIsNoRequest(method: String, body: String) throws {
        let server = try TestServer()
        let client = try server.connect()
        let head = "\(method) /hold HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        try client.send(head + body)
        let answer = try client.readAnswer()
        #expect(answer.status == 400 && answer.fields["connection"] == "close")
        #expect(client.readToEnd() == ([], .closed))
    }

    @Test func aWholeBodyThatNobodyReadsIsPassedOver() throws {
        let client = try TestServer().connect()
        let head = "GET /sync/3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        for _ in 0..<2 {
            for piece in [
                head, "5\r\nab", "cde\r\n0\r\n\r", "\nGET /sync/2 HTTP/1.1\r\nHost: a\r\n\r\n",
            ] {
                try client.send(piece)
            }
            #expect(try client.readAnswer().body.count == 3)
            #expect(try client.readAnswer().body.count == 2)
        }
        try client.send(head + "20000\r\n" + String(repeating: "a", count: 0x20000))
        #expect(try client.readAnswer().status == 413)
    }

    /// What a slow consumer has not taken waits with the client, but for the buffers between.
    @Test func aSlowConsumerStopsTheClientAndThenGetsEverything() async throws {
        var limits = ServerLimits()
        limits.bufferedBodyBytes = 64 * 1024
        let server = try TestServer(limits: limits)
        let client = try server.connect()
        client.setSendBuffer(64 * 1024)
        let byteCount = 32 << 20
        let body = TestServer.pattern(0..<byteCount)
        let head = "PUT /hold HTTP/1.1\r\nHost: a\r\nContent-Length: \(byteCount)\r\n\r\n"
        try client.send(head)
        let exchange = try #require(server.desk.nextHeld())
        client.setTimeout(milliseconds: 300)
        let sent = client.sendAsMuchAsGoes(body)
        #expect(sent < 16 << 20, "\(sent) bytes went without a reader")
        client.setTimeout(milliseconds: 10_000)
        // The reader needs a thread that this test does not block.
        let reader = Task(executorPreference: exchange.mailbox) { [exchange] in
            var total = 0
            var isRight = true
            while let chunk = try await exchange.nextChunk() {
                isRight = isRight && chunk == TestServer.pattern(total..<total + chunk.count)
                total += chunk.count
            }
            exchange.respond(Response(status: isRight ? .ok : .conflict))
            return total
        }
        #expect(client.sendAsMuchAsGoes(Array(body[sent...])) == byteCount - sent)
        #expect(try client.readAnswer().status == 200)
        #expect(try await reader.value == byteCount)
    }

    @Test func continueIsSaidOnceWhenTheHandlerWantsTheBody() throws {
        let client = try TestServer().connect()
        try client.send(Self.upload(5, fields: "Expect: 100-continue\r\n"))
        #expect(try client.readAnswer().status == 100)
        try client.send(TestServer.pattern(0..<2))
        try client.send(TestServer.pattern(2..<5))
        #expect(try client.readAnswer().text == "5 true")
        try client.get("/sync/1")
        #expect(try client.readAnswer().body.count == 1)
    }

    @Test func continueIsNotSaidToAClientThatDidNotWait() throws {
        let client = try TestServer().connect()
        let head = Array(Self.upload(5, fields: "Expect: 100-continue\r\n").utf8)
        try client.send(head + TestServer.pattern(0..<5))
        #expect(try client.readAnswer().text == "5 true")
    }

    /// Nobody knows whether the body will follow, so the connection ends with the answer.
    @Test(arguments: ["early", "hold"])
    func continueIsNotSaidWhenTheAnswerComesFirst(way: String) throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send(
            "POST /\(way) HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n"
                + "Expect: 100-continue\r\n\r\n")
        if way == "hold" {
            try #require(server.desk.nextHeld()).respond(Response(status: .contentTooLarge))
        }
        let answer = try client.readAnswer()
        #expect(answer.status == 413)
        #expect(answer.fields["connection"] == "close")
        #expect(client.readToEnd() == ([], .closed))
    }

    @Test func aSmallUnreadBodyIsDroppedAndTheConnectionKept() throws {
        let client = try TestServer().connect()
        for _ in 0..<3 {
            try client.send("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n")
            try client.send(TestServer.pattern(0..<50_000))
            #expect(try client.readAnswer().status == 413)
        }
        try client.get("/sync/1")
        #expect(try client.readAnswer().body.count == 1)
    }

    /// The answer must not be lost to the reset that closing on unread bytes would cause.
    @Test(arguments: ["Content-Length: 20000000", "Transfer-Encoding: chunked"])
    func aLargeUnreadBodyEndsTheConnectionButNotTheAnswer(framing: String) throws {
        let client = try TestServer().connect()
        try client.send("POST /early HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
        var body = Array("1312D00\r\n".utf8)
        body += TestServer.pattern(0..<20_000_000)
        let sent = client.sendAsMuchAsGoes(framing.hasSuffix("chunked") ? body : Array(body[9...]))
        #expect(sent > 0)
        let answer = try client.readAnswer()
        #expect(answer.status == 413)
        #expect(answer.fields["connection"] == "close")
    }
}
