import Foundation
import TestSupport
import Testing

/// Every row of the contract's table of errors: the status, the document, and nothing kept.
@Suite struct ErrorTests {
    @Test func malformedPathsAndOptionsSayWhatIsWrong() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let cases = [
            ("/thumbs/100x100/\(hash.dropLast()).jpg", "hash"), ("/thumbs/x/\(hash).jpg", ""),
            ("/thumbs/0x10/\(hash).jpg", ""), ("/thumbs/010x10/\(hash).jpg", ""),
            ("/thumbs/9999x10/\(hash).jpg", "8192"), ("/thumbs/100/\(hash).jpg", ""),
            ("/thumbs/100x100/\(hash).bmp", "bmp"),
            ("/thumbs/100x100/\(hash).jpg?fit=round", "fit"),
            ("/thumbs/100x100/\(hash).jpg?colour=red", "colour"),
            ("/thumbs/100x100/\(hash).jpg?quality=0", "quality"),
            ("/thumbs/100x100/\(hash).jpg?quality=101", "quality"),
            ("/thumbs/100x100/\(hash).jpg?dpr=9", "dpr"),
            ("/thumbs/100x100/\(hash).jpg?fit=cover&fit=fill", "fit"),
            ("/images?limit=x", "limit"),
        ]
        let files = edge.folder.storedFiles
        for (target, word) in cases {
            let answer = try edge.ask(target)
            answer.expectProblem(400, saying: word.isEmpty ? nil : word)
            #expect(answer["cache-control"]?.contains("no-store") == true, "\(target)")
        }
        #expect(edge.folder.storedFiles == files)
    }

    @Test(arguments: [
        "POST / HTTP/1.1\r\nHost: e\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /images HTTP/1.1\r\nHost: e\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /images HTTP/1.1\r\nHost: e\r\nContent-Length: +3\r\n\r\nabc",
        "POST /images HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: e\r\nA: b\r\n c\r\n\r\n", "GET / HTTP/1.1\r\nHost : e\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: e\rX: y\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET  / HTTP/1.1\r\nHost: e\r\n\r\n",
    ])
    func ambiguousFramingIsRefusedAndTheConnectionClosed(request: String) throws {
        let edge = try Edge()
        let connection = try edge.connection()
        try connection.send(request)
        let answer = try connection.readAnswer()
        #expect([400, 501].contains(answer.status), "\(answer)")
        #expect(answer["connection"] == "close")
        #expect(connection.isAtEnd())
    }

    @Test func uploadsAndTheIndexMayNeedAToken() throws {
        let edge = try Edge(settings: ["AUTH_UPLOADS": "token", "AUTH_INDEX": "token"])
        let photo = try Photos.small(1)
        for (method, target) in [
            ("POST", "/images"), ("PUT", "/originals/\(contentHash(photo))"),
            ("DELETE", "/images/\(contentHash(photo))"), ("GET", "/images"),
        ] {
            for fields in [[], ["Authorization: Bearer wrong"]] {
                let body = method == "POST" || method == "PUT" ? photo : []
                let answer = try edge.ask(method, target, fields, body: body)
                answer.expectProblem(401)
                #expect(answer["www-authenticate"]?.hasPrefix("Bearer") == true, "\(method)")
            }
        }
        #expect(edge.folder.storedFiles == [])
    }

    @Test func whatIsUnknownIsNotFoundAndHardlyCached() throws {
        let edge = try Edge()
        let unknown = String(repeating: "ab", count: 32)
        for target in [
            "/?x", "/nothing", "/thumbs", "/thumbs/100x100/\(unknown).jpg", "/optimized/\(unknown)",
            "/originals/\(unknown)", "/images/\(unknown)", "/livez",
        ] {
            let answer = try edge.ask(target)
            answer.expectProblem(404)
            let age = answer["cache-control"]?.firstMatch(of: /max-age=([0-9]+)/)
            let seconds = age.flatMap { Int($0.output.1) } ?? 0
            #expect(seconds <= 10, "\(answer)")
        }
        try edge.ask("DELETE", "/images/\(unknown)").expectProblem(404)
    }

    @Test(arguments: [
        ("POST", "/thumbs/10x10/{}.jpg", "GET"), ("DELETE", "/originals/{}", "GET"),
        ("PUT", "/images", "POST"), ("POST", "/images/{}", "DELETE"), ("TRACE", "/images", "POST"),
    ])
    func aMethodThatIsNotAllowedNamesThoseThatAre(
        method: String, target: String, allowed: String
    ) throws {
        let edge = try Edge()
        let hash = String(repeating: "ab", count: 32)
        let answer = try edge.ask(method, target.replacing("{}", with: hash))
        answer.expectProblem(405)
        #expect(answer["allow"]?.contains(allowed) == true, "\(answer)")
    }

    @Test func aMethodThatNobodyKnowsIsNotImplemented() throws {
        let edge = try Edge()
        let hash = String(repeating: "ab", count: 32)
        for target in [
            "/thumbs/9x9/\(hash)", "/optimized/\(hash)", "/originals/\(hash)", "/images",
            "/nothing",
            "/images/\(hash)", "/images/\(hash)/similar", "/openapi.json",
        ] {
            for method in ["BREW", "get", "PROPFIND"] {
                try edge.ask(method, target).expectProblem(501)
            }
        }
        for target in ["/metrics", "/drain", "/nothing", "/purge/\(hash)"] {
            try edge.ask("BREW", target, admin: true).expectProblem(501)
        }
    }

    @Test func optionsAreOfWhatIsThere() throws {
        let edge = try Edge(settings: ["DELIVERY_ORIGINALS": "off"])
        let hash = String(repeating: "ab", count: 32)
        for target in ["/?", "/nothing", "/image", "/thumbs", "/metrics"] {
            try edge.ask("OPTIONS", target).expectProblem(404)
            try edge.ask("TRACE", target).expectProblem(405)
        }
        let all = "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS"
        for target in ["*", "http://edge"] {
            let server = try edge.ask("OPTIONS", target)
            #expect(server.status == 204 && server["allow"] == all, "\(server)")
        }
        #expect(try edge.ask("OPTIONS", "/originals/\(hash)")["allow"] == "PUT, OPTIONS")
    }

    @Test(arguments: [
        "/images?name=caf\u{e9}", "/\u{fffd}", "/thumbs/9x9/\u{80}", "http://edge/\u{ff}",
    ])
    func aTargetIsOfASCII(target: String) throws {
        let edge = try Edge()
        let connection = try edge.connection()
        try connection.send(Edge.head("GET", target))
        try connection.readAnswer().expectProblem(400)
        #expect(edge.stop() == 0)
    }

    /// What `HEAD` leaves out is not counted or logged as sent.
    @Test func aHeadIsNotLoggedWithItsContent() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let target = "/thumbs/40x/\(hash).jpg"
        let count = try edge.ask(target).content.count
        let before = try edge.total("pollex_response_bytes_total")
        #expect(try edge.ask("HEAD", target).isHit)
        #expect(try edge.ask("HEAD", target)["content-length"] == "\(count)")
        #expect(try edge.total("pollex_response_bytes_total") - before < Double(count))
    }

    @Test func aBodyUnderTheWrongHashIsRefusedAndNotKept() throws {
        let edge = try Edge()
        let wrong = String(repeating: "12", count: 32)
        let photo = try Photos.small(1)
        try edge.ask("PUT", "/originals/\(wrong)", body: photo).expectProblem(409)
        #expect(edge.folder.storedFiles == [])
        try edge.ask("/originals/\(contentHash(photo))").expectProblem(404)
        try edge.ask("/originals/\(wrong)").expectProblem(404)
    }

    @Test func blockedImagesStayAway() throws {
        let edge = try Edge()
        let photo = try Photos.small(1)
        let hash = try edge.upload(photo)
        #expect(try edge.ask("DELETE", "/images/\(hash)?block=1").status == 200)
        try edge.ask("/thumbs/10x10/\(hash).jpg").expectProblem(451)
        try edge.ask("POST", "/images", body: photo).expectProblem(451)
        #expect(edge.folder.storedFiles == [])
    }

    @Test func bodiesBeyondTheLimitAreRefusedHoweverTheyAreFramed() throws {
        let edge = try Edge(settings: ["LIMITS_UPLOAD_BYTES": "1000"])
        let photo = try Photos.small(1)
        try edge.ask("POST", "/images", body: photo).expectProblem(413)
        let connection = try edge.connection()
        try connection.send(
            "POST /images HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                + String(photo.count, radix: 16) + "\r\n")
        try? connection.send(photo)
        try connection.readAnswer().expectProblem(413)
        #expect(edge.folder.storedFiles == [])
    }

    @Test func longTargetsAndHeadsAreRefused() throws {
        let edge = try Edge()
        let long = String(repeating: "a", count: 9000)
        #expect(try edge.ask("/\(long)").status == 414)
        #expect(try edge.ask("/", ["X-Long: \(long)", "X-Longer: \(long)"]).status == 431)
    }

    @Test(arguments: [
        ("text", Array("this is no image".utf8)), ("empty", []),
        ("svg", Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8)),
        ("pdf", Array("%PDF-1.4\n".utf8)),
    ])
    func whatIsNoImageIsRefusedByItsContent(name: String, body: [UInt8]) throws {
        let edge = try Edge()
        let answer = try edge.ask("POST", "/images", ["Content-Type: image/jpeg"], body: body)
        answer.expectProblem(415)
        #expect(edge.folder.storedFiles == [])
        try edge.ask("/images/\(contentHash(body))").expectProblem(404)
    }

    @Test func aBrokenImageIsRefusedAndRemembered() throws {
        let edge = try Edge()
        let photo = try Photos.one()
        let broken = Array(photo.prefix(photo.count / 2))
        for _ in 0..<2 {
            let answer = try edge.ask("POST", "/images", body: broken)
            answer.expectProblem(422)
        }
        #expect(edge.folder.storedFiles == [])
        #expect(try edge.total("pollex_decode_rejected_total") >= 1)
        #expect(try edge.ask("/images").object["images"] as? [String] == [])
    }

    @Test func tooManyPixelsAreRefusedBeforeDecoding() throws {
        let edge = try Edge(settings: ["LIMITS_INPUT_PIXELS": "10000"])
        let decodes = try edge.decodes()
        try edge.ask("POST", "/images", body: try Photos.small(1)).expectProblem(422)
        #expect(try edge.decodes() == decodes)
        #expect(edge.folder.storedFiles == [])
    }

    @Test func aFullQueueSaysWhenToComeAgain() throws {
        let edge = try Edge(settings: ["WORKERS": "1", "LIMITS_QUEUE_JOBS": "1"])
        let hash = try edge.upload(try Photos.one())
        let connections = try (0..<20).map { index in
            let connection = try edge.connection()
            try connection.send(Edge.head("GET", "/thumbs/\(500 + index)x/\(hash).jpg"))
            return connection
        }
        let answers = try connections.map { try $0.readAnswer() }
        let refused = answers.filter { $0.status != 200 }
        #expect(answers.contains { $0.status == 200 } && !refused.isEmpty)
        for answer in refused {
            answer.expectProblem(503)
            #expect(answer["retry-after"].flatMap { Int($0) }.map { $0 >= 1 } == true, "\(answer)")
            #expect(answer["cache-control"]?.contains("no-store") == true)
        }
        // Hits are never queued behind misses.
        #expect(try edge.ask("/originals/\(hash)").status == 200)
    }
}
