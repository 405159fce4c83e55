import Foundation
import TestSupport
import Testing

/// Connections: order, deadlines, limits.
@Suite struct ConnectionTests {
    @Test func pipelinedRequestsAreAnsweredInTheirOrder() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let sizes = Array(40..<60)
        for size in sizes where size % 2 == 0 { _ = try edge.ask("/thumbs/\(size)x/\(hash).png") }
        let connection = try edge.connection()
        // Hits and misses mixed: the hits must wait for the misses before them.
        try connection.send(
            sizes.map { Edge.head("GET", "/thumbs/\($0)x/\(hash).png") }.joined())
        for size in sizes {
            let answer = try connection.readAnswer()
            #expect(answer.status == 200)
            #expect(answer.content[16..<20].reduce(0) { $0 << 8 | Int($1) } == size)
        }
    }

    @Test func requestsMayArriveInAnyPieces() throws {
        let edge = try Edge()
        let connection = try edge.connection()
        let request = Edge.head("GET", "/images") + Edge.head("GET", "/nothing")
        for byte in request.utf8 { try connection.send([byte]) }
        #expect(try connection.readAnswer().status == 200)
        #expect(try connection.readAnswer().status == 404)
    }

    @Test func aConnectionEndsWhenItsClientAsks() throws {
        let edge = try Edge()
        for head in [
            Edge.head("GET", "/images", ["Connection: close"]),
            "GET /openapi.json HTTP/1.0\r\n\r\n",
        ] {
            let connection = try edge.connection()
            try connection.send(head)
            #expect(try connection.readAnswer().status == 200)
            #expect(connection.isAtEnd())
        }
    }

    /// Hit or miss, index or upload: who only says that he sends no more is answered.
    @Test func aHalfClosedClientStillGetsItsAnswer() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let target = "/thumbs/40x/\(hash).jpg"
        for target in [target, target, "/originals/\(hash)", "/images", "/images/\(hash)"] {
            let connection = try edge.connection()
            try connection.send(Edge.head("GET", target))
            connection.finishSending()
            #expect(try connection.readAnswer().status == 200, "\(target)")
            #expect(connection.isAtEnd())
        }
        let photo = try Photos.small(2)
        let uploader = try edge.connection()
        try uploader.send(Edge.head("POST", "/images", bodyCount: photo.count))
        try uploader.send(photo)
        uploader.finishSending()
        #expect(try uploader.readAnswer().status == 201)
        #expect(try edge.ask("/images/\(contentHash(photo))").status == 200)
    }

    @Test func aSlowHeadIsEndedWhileOthersAreServed() throws {
        let edge = try Edge(settings: ["LIMITS_HEAD_SECONDS": "1"])
        let slow = try edge.connection(timeoutSeconds: 20)
        try slow.send("GET /images HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        #expect(try edge.ask("/images").status == 200)
        let said = String(decoding: slow.readToEnd(), as: UTF8.self)
        #expect(said.isEmpty || said.hasPrefix("HTTP/1.1 408 "), "\(said)")
    }

    @Test func anIdleConnectionIsEnded() throws {
        let edge = try Edge(settings: ["LIMITS_IDLE_SECONDS": "1"])
        let idle = try edge.connection(timeoutSeconds: 20)
        try idle.send(Edge.head("GET", "/images"))
        #expect(try idle.readAnswer().status == 200)
        #expect(idle.isAtEnd())
    }

    @Test func aStalledBodyIsGivenUpAndNothingKept() throws {
        let edge = try Edge(settings: ["LIMITS_BODY_GRACE_SECONDS": "1"])
        let photo = try Photos.one()
        let connection = try edge.connection(timeoutSeconds: 20)
        try connection.send(
            Edge.head("POST", "/images", ["Content-Type: image/jpeg"], bodyCount: photo.count))
        try connection.send(Array(photo.prefix(10_000)))
        let said = String(decoding: connection.readToEnd(), as: UTF8.self)
        #expect(said.isEmpty || said.hasPrefix("HTTP/1.1 408 "), "\(said)")
        #expect(try edge.ask("/images/\(contentHash(photo))").status == 404)
        #expect(edge.waits { edge.folder.storedFiles == [] })
    }

    /// Heads and bodies that come byte by byte, and readers that take next to nothing.
    @Test func slowClientsAreEndedWhileOthersAreServed() throws {
        let edge = try Edge(settings: [
            "LIMITS_HEAD_SECONDS": "2", "LIMITS_BODY_GRACE_SECONDS": "2",
            "LIMITS_SEND_GRACE_SECONDS": "2",
            "LIMITS_SEND_MINIMUM_BYTES_PER_SECOND": "256KiB",
        ])
        let hash = try edge.upload(try Photos.one())
        let heads = try (0..<60).map { _ in try edge.connection() }
        for client in heads {
            try client.send("GET /images HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        }
        let bodies = try (0..<60).map { _ in try edge.connection() }
        for client in bodies {
            try client.send(Edge.head("POST", "/images", bodyCount: 1_000_000))
        }
        let readers = try (0..<60).map { _ in try edge.connection() }
        for client in readers {
            client.shrinkReceiveBuffer(to: 1)
            try client.send(Edge.head("GET", "/originals/\(hash)"))
        }
        #expect(try edge.reaches("pollex_connections", 180))
        let areEnded = try edge.waits {
            for client in heads + bodies { try? client.send("x") }
            #expect(try edge.ask("/thumbs/100x/\(hash).jpg").status == 200)
            return try edge.total("pollex_connections") == 0
        }
        #expect(areEnded)
        withExtendedLifetime((heads, bodies, readers)) {}
    }

    /// Connections that wait are served when idle ones have made room.
    @Test func connectionsBeyondTheLimitWaitForRoom() throws {
        let edge = try Edge(settings: ["LIMITS_CONNECTIONS": "8", "LOOPS": "1"])
        let open = try (0..<8).map { _ in
            let connection = try edge.connection()
            try connection.send(Edge.head("GET", "/images"))
            #expect(try connection.readAnswer().status == 200)
            return connection
        }
        let extra = try edge.connection(timeoutSeconds: 20)
        try extra.send(Edge.head("GET", "/images"))
        // The admin listener is never starved by the public one.
        #expect(try edge.ask("GET", "/livez", admin: true).status == 200)
        #expect(try extra.readAnswer().status == 200)
        #expect(open[0].isAtEnd())
    }

    @Test func theLimitOfAnAddressIsNotForOperators() throws {
        let edge = try Edge(settings: ["LIMITS_CONNECTIONS_PER_ADDRESS": "2"])
        let open = try (0..<6).map { _ in
            let connection = try Connection(port: edge.adminPort)
            try connection.send(Edge.head("GET", "/livez"))
            #expect(try connection.readAnswer().status == 200)
            return connection
        }
        let hasRoom = (0..<4).map { _ in
            guard let connection = try? edge.connection(),
                (try? connection.send(Edge.head("GET", "/images"))) != nil
            else { return (false, nil as Connection?) }
            return ((try? connection.readAnswer()) != nil, connection)
        }
        #expect(hasRoom.map(\.0) == [true, true, false, false])
        withExtendedLifetime((open, hasRoom)) {}
    }

    @Test func aSlowReaderGetsTheWholeOriginal() throws {
        let edge = try Edge()
        let path = try #require(Photos.all.max { size($0) < size($1) })
        let photo = try Photos.bytes(path)
        let type = path.hasSuffix(".png") ? "image/png" : "image/jpeg"
        let hash = try edge.upload(photo, type: type)
        let connection = try edge.connection()
        connection.shrinkReceiveBuffer(to: 256 * 1024)
        try connection.send(Edge.head("GET", "/originals/\(hash)"))
        // Others are served while the socket is full.
        for _ in 0..<20 { #expect(try edge.ask("HEAD", "/originals/\(hash)").status == 200) }
        #expect(try connection.readAnswer().content == photo)
    }

    private func size(_ path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }
}
