import HTTP
import HTTPServer
import LinuxIO
import Testing

/// Clients that leave.
@Suite struct AbandonmentTests {
    enum Leaving: CaseIterable { case close, reset, halfClose }

    private static func leave(_ client: Client, _ way: Leaving) {
        switch way {
        case .close: client.close()
        case .reset: client.reset()
        case .halfClose: client.finishSending()
        }
    }

    @Test(arguments: [Leaving.close, .reset])
    func leavingBeforeTheAnswerIsToldOnce(way: Leaving) throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.get("/hold")
        let exchange = try #require(server.desk.nextHeld())
        let desk = server.desk
        exchange.whenAbandoned { desk.note("left") }
        Self.leave(client, way)
        #expect(desk.nextEvent() == "left")
        exchange.whenAbandoned { desk.note("late") }
        #expect(desk.nextEvent() == "late")
        // An answer now goes to nobody, and says so.
        exchange.respond(Response(status: .ok, account: CountingAccount(desk: desk)))
        #expect(desk.nextAccount() == Desk.Account(status: 200, sentByteCount: 0, isWhole: false))
        #expect(desk.nextEvent(withinMilliseconds: 0) == nil)
        #expect(server.isLeftByAll())
    }

    /// Who only sends no more has not left, and gets every byte of his answer once, however long it
    /// takes to make and whatever else he asked for.
    @Test func aHalfClosedClientGetsWhatIsAnsweredElsewhere() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.get("/hold")
        try client.get("/async/3")
        try client.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
        try client.send(TestServer.pattern(0..<10))
        client.finishSending()
        let exchange = try #require(server.desk.nextHeld())
        let desk = server.desk
        exchange.whenAbandoned { desk.note("left") }
        // The beginning of an answer is there before the answer is.
        try client.receiveMore(limit: 1)
        try client.receiveMore(limit: 1)
        let content = TestServer.pattern(0..<100)
        exchange.respond(
            Response(
                status: .ok, content: .bytes(content), account: CountingAccount(desk: desk)))
        #expect(try client.readAnswer().body == content)
        #expect(try client.readAnswer().body == TestServer.pattern(0..<3))
        #expect(try client.readAnswer().text == "10 true")
        #expect(client.readToEnd() == ([], .closed))
        #expect(try #require(desk.nextAccount()).isWhole)
        #expect(desk.nextEvent(withinMilliseconds: 0) == nil)
    }

    @Test func whoLeavesAfterHavingFinishedIsMissed() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.get("/hold")
        client.finishSending()
        let exchange = try #require(server.desk.nextHeld())
        let desk = server.desk
        exchange.whenAbandoned { desk.note("left") }
        try client.receiveMore(limit: 1)
        client.close()
        #expect(desk.nextEvent() == "left")
        #expect(server.isLeftByAll())
    }

    @Test func nobodyIsToldOnceTheAnswerIsGiven() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.get("/hold")
        let exchange = try #require(server.desk.nextHeld())
        let desk = server.desk
        exchange.whenAbandoned { desk.note("left") }
        exchange.respond(Response(status: .ok))
        exchange.whenAbandoned { desk.note("late") }
        #expect(try client.readAnswer().status == 200)
        client.close()
        let other = try server.connect()
        try other.get("/sync/1")
        #expect(try other.readAnswer().status == 200)
        #expect(desk.nextEvent(withinMilliseconds: 0) == nil)
    }

    @Test(arguments: Leaving.allCases)
    func leavingInABodyIsToldToItsReader(way: Leaving) throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.send(
            "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n"
                + "Expect: 100-continue\r\n\r\n")
        #expect(try client.readAnswer().status == 100)
        try client.send("0123")
        Self.leave(client, way)
        let event = try #require(server.desk.nextEvent())
        #expect(event.hasPrefix("abandoned after"))
    }

    /// Whoever only says that no more requests come is answered what was asked.
    @Test func aHalfClosedClientGetsWhatIsAnsweredOnTheLoop() throws {
        let client = try TestServer().connect()
        try client.get("/sync/500000")
        try client.get("/now/3")
        client.finishSending()
        #expect(try client.readAnswer().body == TestServer.pattern(0..<500_000))
        #expect(try client.readAnswer().body.count == 3)
        #expect(client.readToEnd() == ([], .closed))
    }

    /// Requests that were kept while one was answered elsewhere are answered for somebody who has
    /// gone: whatever the socket says then, the loop goes on.
    @Test func leavingWithRequestsInTheQueueHarmsNobody() throws {
        let server = try TestServer()
        for _ in 0..<20 {
            let client = try server.connect()
            let more = String(repeating: "GET /sync/9000 HTTP/1.1\r\nHost: a\r\n\r\n", count: 50)
            try client.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n" + more)
            let exchange = try #require(server.desk.nextHeld())
            exchange.respond(Response(status: .ok))
            client.reset()
        }
        let client = try server.connect()
        try client.get("/sync/1")
        #expect(try client.readAnswer().status == 200)
    }

    @Test func leavingInAnAnswerIsAccountedAsCut() throws {
        let server = try TestServer()
        let client = try server.connect(receiveBuffer: 4096)
        try client.get("/account/20000000")
        try client.receiveMore()
        client.reset()
        let account = try #require(server.desk.nextAccount())
        #expect(!account.isWhole)
        #expect(account.sentByteCount > 0 && account.sentByteCount < 20_000_000)
    }
}

private struct CountingAccount: ResponseAccount {
    let desk: Desk
    var requestID: UInt64 { 0 }
    func finished(status: Status, sentByteCount: Int, isWhole: Bool) {
        desk.note(
            Desk.Account(status: status.rawValue, sentByteCount: sentByteCount, isWhole: isWhole))
    }
}
