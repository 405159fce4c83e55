import HTTP
import HTTPServer
import LinuxIO
import Testing

/// Large answers to readers of every pace.
@Suite struct AnswerTests {
    /// In small bites, so that the server is stopped by the socket again and again.
    @Test(arguments: ["sync", "now", "async"])
    func aSlowReaderGetsEveryByte(way: String) throws {
        let byteCount = 6_000_000
        let client = try TestServer().connect(receiveBuffer: 8192)
        try client.get("/\(way)/\(byteCount)", fields: "Connection: close\r\n")
        let (bytes, ending) = client.readToEnd()
        #expect(ending == .closed)
        #expect(Array(bytes.suffix(byteCount)) == TestServer.pattern(0..<byteCount))
        let head = String(decoding: bytes.dropLast(byteCount), as: UTF8.self)
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
    }

    @Test func largeAnswersFollowOneAnother() throws {
        let client = try TestServer().connect(receiveBuffer: 8192)
        for byteCount in [4_000_000, 1, 5_000_000] {
            try client.get("/sync/\(byteCount)")
        }
        for byteCount in [4_000_000, 1, 5_000_000] {
            #expect(try client.readAnswer().body == TestServer.pattern(0..<byteCount))
        }
    }

    @Test func anAnswerIsAccountedForWhenItIsOut() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.get("/account/3000000")
        let answer = try client.readAnswer()
        #expect(answer.body.count == 3_000_000)
        let account = try #require(server.desk.nextAccount())
        #expect(account.status == 200 && account.isWhole)
        #expect(account.sentByteCount > 3_000_000)
    }

    /// Content that is gone can not be made up for: the client must see that it is cut.
    @Test(arguments: [0, 1, 2_000_000])
    func contentThatVanishesEndsTheConnection(after byteCount: Int) throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.get("/vanish/\(byteCount)")
        let (bytes, ending) = client.readToEnd()
        #expect(ending == .reset)
        #expect(bytes.count < 2_001_000)
        #expect(try #require(server.desk.nextAccount()).isWhole == false)
    }

    /// One that reads as fast as it can must not have the loop for itself.
    @Test func aFastReaderOfALargeAnswerLeavesTurnsToOthers() throws {
        let server = try TestServer()
        let greedy = try server.connect()
        try greedy.get("/sync/64000000")
        let modest = try server.connect()
        try greedy.receiveMore()
        for _ in 0..<20 {
            try modest.get("/sync/1")
            try greedy.receiveMore()
            #expect(try modest.readAnswer().status == 200)
        }
        #expect(try greedy.readAnswer().body.count == 64_000_000)
    }
}
