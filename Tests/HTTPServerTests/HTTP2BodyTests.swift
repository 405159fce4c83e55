import HTTP
import HTTPServer
import TestSupport
import Testing

/// Bodies that somebody gives up, and requests that are none.
@Suite struct HTTP2BodyTests {
    private static func connect(_ server: TestServer) throws -> HTTP2Client {
        try HTTP2Client(server.connect())
    }

    /// What a handler held of them is their connection's again.
    @Test func bodiesThatAreCancelledGiveTheirWindowBack() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let piece = [UInt8](repeating: 1, count: 16_384)
        var sent = 0
        for _ in 0..<64 {
            let stream = try client.ask("/hold", method: "POST", ends: false)
            let exchange = try #require(server.desk.nextHeld())
            for _ in 0..<4 {
                // As the connection's window allows.
                try client.read { _ in client.opened - sent >= piece.count }
                try client.send(piece, on: stream, ends: false)
                sent += piece.count
            }
            try client.client.send(
                HTTP2Frame.bytes(type: 3, stream: stream, HTTP2Frame.number(8)))
            exchange.respond(Response(status: .ok))
        }
        #expect(try client.body(of: client.ask("/sync/3")).count == 3)
    }

    /// The client learns of the refusal when all of it is on its way.
    @Test func bodiesOnTheirWayToARefusalAreNoFlood() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let piece = [UInt8](repeating: 1, count: 16_384)
        for round in 0..<8 as Range<UInt32> {
            var bytes: [UInt8] = []
            let streams = (0..<3).map { 1 + 6 * round + 2 * $0 }
            for stream in streams {
                bytes += HTTP2Frame.request(stream, method: "POST", path: "/early", ends: false)
                for _ in 0..<16 { bytes += HTTP2Frame.bytes(type: 0, stream: stream, piece) }
            }
            try client.client.send(bytes)
            for stream in streams {
                try client.read { $0.type == 1 && $0.stream == stream && $0.flags & 1 == 1 }
            }
        }
        #expect(client.frames.goodbye == nil)
    }

    @Test(arguments: [
        HTTP2Frame.field("if-match", "\u{1}"), HTTP2Frame.field("a b", "c"),
    ])
    func aFieldThatIsNoneMakesTheRequestNone(field: [UInt8]) throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let stream = try client.ask("/sync/3", more: field)
        let reset = try client.read { $0.type == 3 }
        #expect(reset.stream == stream)
        #expect(!client.frames.contains { $0.type == 1 })
        #expect(try client.body(of: client.ask("/sync/3")).count == 3)
    }

    @Test func anotherFormOfTargetIsNone() throws {
        let server = try TestServer()
        let client = try Self.connect(server)
        let stream = try client.ask("http://other/sync/3")
        #expect(try client.read { $0.type == 3 }.stream == stream)
        #expect(try client.body(of: client.ask("/sync/3")).count == 3)
    }
}
