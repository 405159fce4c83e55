import HTTP2
import TestSupport
import Testing

/// What costs the server and brings nobody anything ends in GOAWAY, within a few thousand frames.
@Suite struct FloodTests {
    private static let calm: UInt32 = 11

    /// Sends `frames` over and over, reading what comes. Whether it ended, and how.
    private static func flood(
        _ peer: Peer, times: Int = 50_000, _ frames: (UInt32) -> [UInt8]
    ) -> UInt32? {
        for index in 0..<times {
            peer.receive(frames(UInt32(2 * index + 3)))
            if index % 100 == 0 || peer.isRefused {
                if let goodbye = peer.frames().goodbye { return goodbye }
            }
            if peer.isRefused { return nil }
        }
        return nil
    }

    static let bare: [(String, [UInt8])] = [
        ("PING", HTTP2Frame.bytes(type: 6, [UInt8](repeating: 1, count: 8))),
        ("SETTINGS", HTTP2Frame.bytes(type: 4, [0, 4, 0, 0, 255, 255])),
        ("PRIORITY", HTTP2Frame.bytes(type: 2, stream: 3, [0, 0, 0, 0, 16])),
        ("WINDOW_UPDATE", HTTP2Frame.bytes(type: 8, HTTP2Frame.number(1))),
        ("PRIORITY_UPDATE", HTTP2Frame.bytes(type: 16, HTTP2Frame.number(3) + Array("u=1".utf8))),
        ("unknown", HTTP2Frame.bytes(type: 77, [UInt8](repeating: 0, count: 8192))),
    ]

    @Test(arguments: bare.indices) func bareFramesEnd(index: Int) throws {
        let peer = try Peer()
        let frame = Self.bare[index].1
        #expect(Self.flood(peer) { _ in frame } == Self.calm, "\(Self.bare[index].0)")
    }

    @Test func emptyPiecesOfABodyEnd() throws {
        let peer = try Peer()
        peer.receive(HTTP2Frame.request(1, method: "POST", ends: false))
        #expect(Self.flood(peer) { _ in HTTP2Frame.bytes(type: 0, stream: 1) } == Self.calm)
    }

    @Test func requestsThatAreCancelledAtOnceEnd() throws {
        let peer = try Peer()
        let goodbye = Self.flood(peer) { stream in
            HTTP2Frame.request(stream)
                + HTTP2Frame.bytes(type: 3, stream: stream, HTTP2Frame.number(8))
        }
        // nghttp2's own bound has another word for it.
        #expect(goodbye == Self.calm || goodbye == 2)
    }

    /// CVE-2025-8671.
    @Test(arguments: [0, 0x7FFF_FFFF] as [UInt32])
    func requestsThatWeAreMadeToResetEnd(window: UInt32) throws {
        let peer = try Peer()
        let goodbye = Self.flood(peer) { stream in
            HTTP2Frame.request(stream)
                + HTTP2Frame.bytes(type: 8, stream: stream, HTTP2Frame.number(window))
        }
        #expect(goodbye == Self.calm || window == 0 && goodbye == 1)
    }

    @Test func continuationsWithoutEndEnd() throws {
        let peer = try Peer()
        peer.receive(
            HTTP2Frame.bytes(type: 1, flags: 1, stream: 1, HTTP2Frame.field(":method", "GET")))
        #expect(
            Self.flood(peer) { _ in HTTP2Frame.bytes(type: 9, stream: 1, HTTP2Frame.field("a", "b"))
            }
                == Self.calm)
    }

    /// One byte of the block stands for four thousand.
    @Test(arguments: ["", "\u{1}"]) func headsThatGrowEnd(end: String) throws {
        let peer = try Peer()
        let large = String(repeating: "a", count: 3900) + end
        let kept = [0x40] + HTTP2Frame.field("x", large).dropFirst()
        peer.receive(HTTP2Frame.request(1, more: Array(kept)))
        let goodbye = Self.flood(peer, times: 100) { stream in
            HTTP2Frame.request(stream, more: [UInt8](repeating: 0xBE, count: 8000))
        }
        #expect(goodbye == Self.calm)
    }

    @Test func windowsOfOneByteEnd() throws {
        var limits = HTTP2Limits()
        limits.strain = 4 << 20
        let peer = try Peer(limits: limits, begins: false)
        peer.answer = ("HTTP/1.1 200 OK\r\n\r\n", [UInt8](repeating: 1, count: 100_000))
        peer.receive(
            HTTP2Frame.preface + HTTP2Frame.bytes(type: 4, [0, 4, 0, 0, 0, 1])
                + HTTP2Frame.request(1))
        #expect(
            Self.flood(peer) { _ in HTTP2Frame.bytes(type: 8, stream: 1, HTTP2Frame.number(1)) }
                == Self.calm)
    }

    @Test func timeMakesUpForFewFrames() throws {
        let peer = try Peer()
        for _ in 0..<4000 {
            peer.receive(HTTP2Frame.bytes(type: 6, [UInt8](repeating: 1, count: 8)))
            peer.tick()
            #expect(peer.frames().count == 1)
        }
    }

    /// A client that reads: a window's update or two for each piece of content.
    @Test func whoReadsMuchIsNotStopped() throws {
        let peer = try Peer()
        peer.answer = (
            "HTTP/1.1 200 OK\r\n\r\n", [UInt8](repeating: 1, count: 40_000)
        )
        for index in 0..<2000 as Range<UInt32> {
            let stream = 2 * index + 1
            peer.receive(HTTP2Frame.request(stream))
            #expect(peer.frames().body(stream).count == 40_000)
            let more = HTTP2Frame.number(8000)
            for _ in 0..<5 { peer.receive(HTTP2Frame.bytes(type: 8, more)) }
        }
        #expect(!peer.isRefused)
    }

    /// As Go's client does: a stream's window and the connection's after every 4 KiB.
    @Test func whoReadsByPagesIsNotStopped() throws {
        let peer = try Peer()
        peer.answer = ("HTTP/1.1 200 OK\r\n\r\n", [UInt8](repeating: 1, count: 30_000_000))
        peer.receive(HTTP2Frame.request(1))
        var came = peer.frames().body(1).count
        let more = HTTP2Frame.number(4096)
        while came < 20_000_000, !peer.isRefused {
            for _ in 0..<8 {
                peer.receive(
                    HTTP2Frame.bytes(type: 8, stream: 1, more) + HTTP2Frame.bytes(type: 8, more))
            }
            came += peer.frames().body(1).count
        }
        #expect(!peer.isRefused)
    }
}
