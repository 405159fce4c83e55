import HTTP
import HTTPServer
import LinuxIO
import TestSupport
import Testing

/// Stopping without cutting anybody off.
@Suite struct DrainTests {
    @Test func requestsUnderWayAreAnsweredAndSayThatTheConnectionEnds() throws {
        let server = try TestServer()
        let waiting = try server.connect()
        try waiting.get("/hold")
        let exchange = try #require(server.desk.nextHeld())
        let slow = try server.connect(receiveBuffer: 4096)
        try slow.get("/sync/5000000")
        try slow.receiveMore()
        let uploading = try server.connect()
        try uploading.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
        let idle = try server.connect()
        try idle.get("/sync/1")
        #expect(try idle.readAnswer().status == 200)

        // A request that was on its way when the loop hears of the drain.
        let gate = try server.connect()
        try gate.get("/gate")
        #expect(server.desk.nextEvent() == "gate")
        server.server.drain()
        try idle.get("/sync/2")
        server.desk.gate.signal()
        // Nobody new is taken, or left waiting, however long others are served.
        #expect(eventually { (try? server.connect()) == nil })
        let last = try idle.readAnswer()
        #expect(last.body.count == 2)
        #expect(last.fields["connection"] == "close")
        #expect(idle.readToEnd() == ([], .closed))
        try uploading.send(TestServer.pattern(0..<4))
        #expect(try uploading.readAnswer().text == "4 true")
        exchange.respond(Response(status: .ok))
        #expect(try waiting.readAnswer().status == 200)
        #expect(try slow.readAnswer().body == TestServer.pattern(0..<5_000_000))
        for client in [uploading, waiting, slow] {
            #expect(client.readToEnd() == ([], .closed))
        }
    }

    /// Nobody told the client to stop, so what it has sent already is answered.
    @Test func requestsKeptBehindAnAnswerAreAnsweredToo() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.get("/hold")
        try client.get("/sync/5")
        let exchange = try #require(server.desk.nextHeld())
        server.server.drain()
        exchange.respond(Response(status: .ok))
        #expect(try client.readAnswer().fields["connection"] == nil)
        let last = try client.readAnswer()
        #expect(last.body.count == 5)
        #expect(last.fields["connection"] == "close")
        #expect(client.readToEnd() == ([], .closed))
    }

    @Test func nobodyNewIsTakenAndIdleConnectionsEnd() throws {
        let server = try TestServer(loopCount: 2)
        let idle = try (0..<20).map { _ in try server.connect() }
        for client in idle {
            try client.get("/sync/1")
            #expect(try client.readAnswer().status == 200)
        }
        server.server.drain()
        for client in idle { #expect(client.readToEnd() == ([], .closed)) }
        #expect(throws: Client.Failure.connect(111)) { _ = try server.connect() }
    }
}
