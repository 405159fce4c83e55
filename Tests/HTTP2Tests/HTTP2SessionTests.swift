import HTTP2
import TestSupport
import Testing

@Suite struct HTTP2SessionTests {
    @Test func aRequestIsTheHeadOfHTTP1() throws {
        let peer = try Peer()
        peer.receive(
            HTTP2Frame.request(1, path: "/x?y", more: HTTP2Frame.field("accept", "image/webp")))
        #expect(
            peer.told == ["0 whole GET /x?y HTTP/1.1\r\nhost: a\r\naccept: image/webp\r\n\r\n"])
    }

    @Test func pseudoFieldsMayComeInAnyOrder() throws {
        let peer = try Peer()
        let block =
            HTTP2Frame.field(":path", "/") + HTTP2Frame.field(":authority", "a")
            + HTTP2Frame.field(":scheme", "http")
            + HTTP2Frame.field(":method", "HEAD")
        peer.receive(HTTP2Frame.bytes(type: 1, flags: 5, stream: 1, block))
        #expect(peer.told == ["0 whole HEAD / HTTP/1.1\r\nhost: a\r\n\r\n"])
    }

    /// Clients send heads in pieces, and others of the loop are served between them.
    @Test func aHeadInPiecesIsThatOfItsClient() throws {
        let block =
            HTTP2Frame.field(":path", "/mine") + HTTP2Frame.field(":authority", "a")
            + HTTP2Frame.field(":scheme", "http") + HTTP2Frame.field(":method", "GET")
            + HTTP2Frame.field("accept", "image/avif") + HTTP2Frame.field("host", "a")
        let bytes = HTTP2Frame.bytes(type: 1, flags: 5, stream: 1, block)
        let mine = "0 whole GET /mine HTTP/1.1\r\nhost: a\r\naccept: image/avif\r\n\r\n"
        for (first, second) in zip(bytes.indices, bytes.indices.dropFirst(7)) {
            let peer = try Peer()
            let other = try Peer(beside: peer)
            let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]]
            for (stream, piece) in zip([1, 3, 5] as [UInt32], pieces) {
                peer.receive(Array(piece))
                other.receive(HTTP2Frame.request(stream, path: "/of-another"))
            }
            #expect(peer.told == [mine])
            #expect(other.told.count == 3)
            #expect(other.told.allSatisfy { $0.contains(" GET /of-another HTTP/1.1") })
        }
    }

    @Test func aHostBesideTheAuthorityCountsOnceWhereTheyAreTheSame() throws {
        let peer = try Peer()
        peer.receive(HTTP2Frame.request(1, more: HTTP2Frame.field("host", "a")))
        peer.receive(HTTP2Frame.request(3, more: HTTP2Frame.field("host", "b")))
        #expect(
            peer.told == [
                "0 whole GET / HTTP/1.1\r\nhost: a\r\n\r\n",
                "1 whole GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
            ])
    }

    @Test func aBodyOfUnknownLengthIsChunked() throws {
        let peer = try Peer()
        peer.receive(HTTP2Frame.request(1, method: "POST", ends: false))
        peer.receive(HTTP2Frame.bytes(type: 0, stream: 1, Array("ab".utf8)))
        peer.receive(HTTP2Frame.bytes(type: 0, flags: 1, stream: 1, Array("c".utf8)))
        #expect(
            peer.told == [
                "0 body POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
                "0 ab", "0 c", "0 end",
            ])
    }

    @Test func trailersEndABodyAndAreLeftOut() throws {
        let peer = try Peer()
        let length = HTTP2Frame.field("content-length", "2")
        peer.receive(HTTP2Frame.request(1, method: "PUT", ends: false, more: length))
        peer.receive(HTTP2Frame.bytes(type: 0, stream: 1, Array("ab".utf8)))
        peer.receive(HTTP2Frame.bytes(type: 1, flags: 5, stream: 1, HTTP2Frame.field("x-sum", "1")))
        #expect(
            peer.told == [
                "0 body PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n", "0 ab", "0 end",
            ])
    }

    @Test func anAnswerHasItsFieldsInSmallLettersAndAllOfItsBody() throws {
        let peer = try Peer()
        let body = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
        peer.answer = ("HTTP/1.1 200 OK\r\nContent-Length: 50000\r\nETag: \"x\"\r\n\r\n", body)
        peer.receive(HTTP2Frame.request(1))
        let frames = peer.frames()
        let head = try #require(frames.first { $0.type == 1 })
        #expect(head.payload.first == 0x88)
        #expect(frames.body(1) == body)
        #expect(frames.last { $0.type == 0 }?.flags == 1)
        #expect(peer.told.last == "0 closed")
    }

    @Test func noFrameIsCutByASmallRoom() throws {
        let peer = try Peer()
        let body = [UInt8](repeating: 7, count: 60_000)
        peer.answer = ("HTTP/1.1 200 OK\r\n\r\n", body)
        peer.receive(HTTP2Frame.request(1))
        let frames = peer.frames(room: 4000)
        #expect(frames.body(1) == body)
        #expect(frames.filter { $0.type == 0 && $0.payload.count < 1024 }.count <= 2)
    }

    @Test func aHeadThatIsTooLargeIsSaidToBe() throws {
        var limits = HTTP2Limits()
        limits.headByteCount = 1000
        let peer = try Peer(limits: limits)
        let more = HTTP2Frame.field("x-a", String(repeating: "a", count: 1000))
        peer.receive(HTTP2Frame.request(1, more: more) + HTTP2Frame.request(3))
        #expect(peer.told.first == "0 large")
        #expect(peer.told.last == "1 whole GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    }

    /// A client that can not know yet may ask again; one that knows means no good.
    @Test(arguments: [false, true]) func moreStreamsThanMayBeAreRefused(isKnown: Bool) throws {
        var limits = HTTP2Limits()
        limits.streams = 2
        let peer = try Peer(limits: limits)
        if isKnown { peer.receive(HTTP2Frame.bytes(type: 4, flags: 1)) }
        for stream in [1, 3, 5] as [UInt32] { peer.receive(HTTP2Frame.request(stream)) }
        #expect(peer.told.filter { $0.contains("GET") }.count == 2)
        let frames = peer.frames()
        #expect(isKnown ? frames.goodbye == 1 : frames.reset == 7)
    }

    @Test func anAnswerToAStreamThatHasGoneIsNoneAndItsPlaceIsUsedAgain() throws {
        let peer = try Peer()
        peer.answer = ("HTTP/1.1 200 OK\r\n\r\n", [1, 2, 3])
        // In one piece, so that the request is answered when its stream is closed already.
        let cancelled = HTTP2Frame.bytes(type: 3, stream: 1, HTTP2Frame.number(8))
        peer.receive(HTTP2Frame.request(1) + cancelled + HTTP2Frame.request(3))
        let frames = peer.frames()
        #expect(frames.body(1) == [])
        #expect(frames.body(3) == [1, 2, 3])
        peer.receive(HTTP2Frame.request(5))
        #expect(peer.told.last { $0.contains("GET") }?.hasPrefix("0 ") == true)
    }

    @Test func aShutdownIsAnnouncedAndThenHolds() throws {
        let peer = try Peer()
        peer.noticeShutdown()
        let notice = try #require(peer.frames().first { $0.type == 7 })
        #expect(notice.payload == [0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])
        peer.answer = ("HTTP/1.1 204 No Content\r\n\r\n", [])
        peer.receive(HTTP2Frame.request(1))
        _ = peer.frames()
        peer.shutDown()
        #expect(peer.frames().first { $0.type == 7 }?.payload == [0, 0, 0, 1, 0, 0, 0, 0])
        #expect(peer.isOver)
    }
}
