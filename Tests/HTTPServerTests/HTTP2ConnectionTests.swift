import HTTP
import HTTPServer
import LinuxIO
import TestSupport
import Testing

/// The same handlers by HTTP/2, to who begins with its preface.
@Suite struct HTTP2ConnectionTests {
    private static func connect(
        _ server: TestServer, window: UInt32 = 1 << 30, receiveBuffer: CInt? = nil
    ) throws -> HTTP2Client {
        try HTTP2Client(server.connect(receiveBuffer: receiveBuffer), window: window)
    }

    @Test(arguments: [0, 1, 4096, 4097, 16_384, 16_385, 100_000, 3_000_000])
    func everySizeArrivesWhicheverWayItIsAnswered(byteCount: Int) throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        for way in ["sync", "now", "async"] {
            let stream = try client.ask("/\(way)/\(byteCount)")
            #expect(try client.body(of: stream) == TestServer.pattern(0..<byteCount), "\(way)")
        }
    }

    @Test func manyAtOnceAreAnsweredEach() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let streams = try (1...100).map { try client.ask("/sync/\($0 * 500)") }
        for (index, stream) in streams.enumerated() {
            let count = (index + 1) * 500
            #expect(try client.body(of: stream) == TestServer.pattern(0..<count))
        }
    }

    @Test func aSlowAnswerHoldsUpNobody() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let slow = try client.ask("/hold")
        let exchange = try #require(server.desk.nextHeld())
        #expect(try client.body(of: client.ask("/sync/10")).count == 10)
        exchange.respond(Response(status: .ok, content: .bytes([7])))
        #expect(try client.body(of: slow) == [7])
    }

    @Test func bodiesArriveAndOneThatNobodyReadsHoldsUpNoOther() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let stuck = try client.ask("/hold", method: "POST", ends: false)
        let exchange = try #require(server.desk.nextHeld())
        // As much as its window lets come.
        for _ in 0..<16 {
            try client.send([UInt8](repeating: 1, count: 16_384), on: stuck, ends: false)
        }
        let count = 1_000_000
        let upload = try client.ask("/count", method: "POST", ends: false)
        var sent = 0
        var allowed = 262_144
        while sent < count {
            if sent == allowed || allowed - sent < 10_000 {
                let seen = client.frames.filter { $0.type == 8 && $0.stream == upload }.count
                var now = 0
                try client.read {
                    if $0.type == 8, $0.stream == upload { now += 1 }
                    return now > seen
                }
                allowed =
                    262_144
                    + client.frames.filter { $0.type == 8 && $0.stream == upload }
                    .reduce(0) { $0 + Int(HTTP2Frame.number($1.payload)) }
            }
            let piece = min(10_000, count - sent, allowed - sent)
            try client.send(
                TestServer.pattern(sent..<sent + piece), on: upload, ends: sent + piece == count)
            sent += piece
        }
        #expect(try client.body(of: upload) == Array("1000000 true".utf8))
        exchange.respond(Response(status: .ok))
    }

    @Test func anEarlyAnswerLetsTheRestOfTheBodyGo() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let stream = try client.ask("/early", method: "POST", ends: false)
        let reset = try client.read { $0.type == 3 && $0.stream == stream }
        #expect(reset.payload == [0, 0, 0, 0])
        // The answer, before.
        #expect(client.frames.last { $0.stream == stream && $0.type != 3 }?.type == 1)
        #expect(try client.body(of: client.ask("/sync/3")).count == 3)
    }

    @Test func whoCancelsAbandonsTheRequestAndNothingElse() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let stream = try client.ask("/hold")
        let exchange = try #require(server.desk.nextHeld())
        let left = Semaphore()
        exchange.whenAbandoned { left.signal() }
        try client.client.send(
            HTTP2Frame.bytes(type: 3, stream: stream, HTTP2Frame.number(8)))
        #expect(left.wait(milliseconds: 10_000))
        #expect(try client.body(of: client.ask("/sync/3")).count == 3)
    }

    /// Sessions of one loop tell of their streams in the same place.
    @Test func whatEndsWithAConnectionIsNoStreamOfAnother() throws {
        let server = try TestServer()
        let waiting = try Self.connect(server)
        let ending = try Self.connect(server)
        let first = try waiting.ask("/hold")
        let exchange = try #require(server.desk.nextHeld())
        let second = try waiting.ask("/hold")
        let other = try #require(server.desk.nextHeld())
        // In one piece: a stream ends in the very frames that the other one has no content for.
        try ending.client.send(
            HTTP2Frame.request(1, path: "/now/3") + HTTP2Frame.request(3, path: "/vanish/10"))
        _ = try #require(server.desk.nextAccount())
        for (stream, exchange) in [(second, other), (first, exchange)] {
            exchange.respond(Response(status: .ok, content: .bytes([1])))
            #expect(try waiting.body(of: stream) == [1])
        }
    }

    @Test func contentThatIsLostEndsTheConnectionAndIsAccountedForAsCut() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        try client.ask("/vanish/100000")
        let account = try #require(server.desk.nextAccount())
        #expect(!account.isWhole && account.status == 200)
        #expect(client.goodbye() == nil)
        #expect(server.isLeftByAll())
    }

    /// And nobody else waits for it, nor loses anything where it does not come.
    @Test func contentIsSentWhileItComes() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let stream = try client.ask("/grow/100000")
        let source = try #require(server.desk.nextGrowing())
        #expect(eventually { source.isAwaited })
        source.grow(to: 50_000)
        try client.read { _ in client.frames.body(stream).count >= 50_000 }
        #expect(try client.body(of: client.ask("/sync/10")).count == 10)
        #expect(eventually { source.isAwaited })
        source.grow(to: 100_000)
        #expect(try client.body(of: stream) == TestServer.pattern(0..<100_000))

        let lost = try client.ask("/grow/100000")
        let second = try #require(server.desk.nextGrowing())
        #expect(eventually { second.isAwaited })
        second.lose()
        let reset = try client.read { $0.type == 3 }
        #expect(reset.stream == lost && reset.payload == [0, 0, 0, 2])
        #expect(try client.body(of: client.ask("/sync/10")).count == 10)
    }

    @Test func anEarlyAnswerWithContentIsWholeToo() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let stream = try client.ask("/sync/200000", method: "POST", ends: false)
        #expect(try client.body(of: stream) == TestServer.pattern(0..<200_000))
        #expect(try client.read { $0.type == 3 }.payload == [0, 0, 0, 0])
    }

    @Test func aWholeAnswerIsAccountedForAsWhole() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let stream = try client.ask("/account/100000")
        #expect(try client.body(of: stream).count == 100_000)
        let account = try #require(server.desk.nextAccount())
        #expect(account.isWhole && account.sentByteCount > 100_000)
    }

    @Test func whatIsNoRequestIsRefusedOnItsStreamAlone() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let large = HTTP2Frame.field("x-a", String(repeating: "a", count: 16_000))
        let more = HTTP2Frame.field("x-b", String(repeating: "b", count: 1000))
        let head = HTTP2Frame.request(1, more: large + more)
        // Larger than a frame may be: in two.
        #expect(head.count > 16_384)
        let block = Array(head.dropFirst(9))
        try client.client.send(
            HTTP2Frame.bytes(type: 1, flags: 1, stream: 1, Array(block[..<10_000]))
                + HTTP2Frame.bytes(type: 9, flags: 4, stream: 1, Array(block[10_000...])))
        let answer = try client.read { $0.type == 1 && $0.stream == 1 }
        // 431 is in no table: its digits are there, packed or not.
        #expect(answer.payload.first.map { $0 != 0x88 } == true)
        _ = try client.read { $0.flags & 1 == 1 && $0.stream == 1 }
        try client.client.send(HTTP2Frame.request(3, path: "/sync/3"))
        #expect(try client.body(of: 3).count == 3)
    }

    @Test func aListenerMayLeaveItOut() throws {
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        var listener = ListenerSettings(.address(address))
        listener.speaksHTTP2 = false
        let server = try TestServer(listener: listener)
        let client = try server.connect()
        try client.send(HTTP2Frame.preface)
        #expect(try client.readAnswer().status == 505)
    }

    @Test func thePrefaceMayComeInPieces() throws {
        let server = try TestServer()
        let client = try server.connect()
        let bytes =
            HTTP2Frame.preface + HTTP2Frame.bytes(type: 4)
            + HTTP2Frame.request(1, path: "/sync/3")
        for piece in [0..<5, 5..<16, 16..<20, 20..<bytes.count] {
            try client.send(Array(bytes[piece]))
            // So far it may be anything.
            if piece.lowerBound == 0 { #expect(client.hasNothing()) }
        }
        var received: [UInt8] = []
        while HTTP2Frame.read(received).body(1).count < 3 {
            try client.receiveMore()
            received += client.takeReceived()
        }
        #expect(HTTP2Frame.read(received).body(1) == TestServer.pattern(0..<3))
    }

    @Test func itIsNotSpokenBehindARequest() throws {
        let server = try TestServer()
        let client = try server.connect()
        try client.get("/sync/1")
        #expect(try client.readAnswer().status == 200)
        try client.send(HTTP2Frame.preface)
        #expect(try client.readAnswer().status == 505)
    }

    // MARK: Time

    @Test func aReaderThatTakesNothingIsEndedAndOneThatOpensNoWindowLosesItsStream() throws {
        var limits = ServerLimits()
        limits.sendGraceMilliseconds = 300
        let server = try TestServer(limits: limits)
        let closed = try Self.connect(server, window: 0)
        let other = try closed.ask("/hold")
        let exchange = try #require(server.desk.nextHeld())
        let stream = try closed.ask("/sync/100000")
        let reset = try closed.read { $0.type == 3 }
        #expect(reset.stream == stream && reset.payload == [0, 0, 0, 8])
        // Nobody else's.
        exchange.respond(Response(status: .ok))
        try closed.read { $0.type == 1 && $0.stream == other }
        let deaf = try Self.connect(server, receiveBuffer: 4096)
        try deaf.ask("/sync/30000000")
        #expect(eventually { server.server.connectionCount == 1 })
    }

    @Test func idleOnesAreToldToGo() throws {
        var limits = ServerLimits()
        limits.idleMilliseconds = 300
        let server = try TestServer(limits: limits)
        let client = try Self.connect(server)
        #expect(try client.body(of: client.ask("/sync/3")).count == 3)
        #expect(client.goodbye() == 0)
        #expect(client.client.readToEnd().ending == .closed)
    }

    /// What is on its way when the drain begins is still answered: the client hears of it first.
    @Test func aDrainIsAnnouncedBeforeItHolds() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let held = try client.ask("/hold")
        let exchange = try #require(server.desk.nextHeld())
        server.server.drain()
        let notice = try client.read { $0.type == 7 }
        #expect(HTTP2Frame.number(notice.payload.prefix(4)) == 0x7FFF_FFFF)
        let late = try client.ask("/sync/4")
        #expect(try client.body(of: late).count == 4)
        let last = try client.read {
            $0.type == 7 && HTTP2Frame.number($0.payload.prefix(4)) == late
        }
        #expect(last.payload.suffix(4) == [0, 0, 0, 0])
        exchange.respond(Response(status: .ok, content: .bytes([1, 2])))
        #expect(try client.body(of: held) == [1, 2])
        #expect(client.client.readToEnd().ending == .closed)
        #expect(server.isLeftByAll())
    }

    // MARK: Whose turn it is

    /// RFC 9218: what a page needs first comes first, whenever it was asked for.
    @Test func theUrgentOneEndsFirst() throws {
        let server = try TestServer()
        let client = try Self.connect(server, receiveBuffer: 16_384)
        let lazy = HTTP2Frame.field("priority", "u=5")
        let patient = try (0..<8).map { _ in try client.ask("/sync/3000000", more: lazy) }
        let urgent = try client.ask(
            "/sync/3000000", more: HTTP2Frame.field("priority", "u=1"))
        var ended: [UInt32] = []
        _ = try client.read { frame in
            if frame.type == 0, frame.flags & 1 == 1 { ended.append(frame.stream) }
            return ended.count == patient.count + 1
        }
        #expect(ended.first == urgent)
        #expect(ended.dropFirst() == patient[...])
    }
}
