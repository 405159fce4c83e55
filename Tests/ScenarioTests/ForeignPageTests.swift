import Foundation
import TestSupport
import Testing

/// What a page that somebody at the machine looks at can not do to the edge that runs there.
@Suite struct ForeignPageTests {
    private static let foreign = [
        ["Origin: https://evil.example"], ["Origin: null"], ["Origin: http://localhost:1"],
        ["Origin: http://localhost", "Origin: https://evil.example"],
        ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: same-site"],
        ["Origin: http://localhost", "Sec-Fetch-Site: cross-site"],
        ["Origin: http://localhost.evil.example"], ["Origin: http://"],
    ]

    /// The types that a form has a browser send without asking first, and one that it asks about.
    @Test(arguments: foreign)
    func aPageOfAnotherOriginChangesNothing(fields: [String]) throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let files = edge.folder.storedFiles
        let (formFields, form) = Edge.form([try Photos.small(2)])
        for (method, target, more, body) in [
            ("POST", "/images", ["Content-Type: text/plain"], try Photos.small(2)),
            ("POST", "/images", formFields, form),
            ("PUT", "/originals/\(contentHash(try Photos.small(2)))", [], try Photos.small(2)),
            ("PATCH", "/images/\(hash)", ["Content-Type: application/json"], Array("{}".utf8)),
            ("DELETE", "/images/\(hash)?block=1", [], []),
        ] as [(String, String, [String], [UInt8])] {
            try edge.ask(method, target, fields + more, body: body).expectProblem(403)
        }
        #expect(edge.folder.storedFiles == files)
        // Looking on is no harm: it can not read the answer.
        let seen = try edge.ask("GET", "/images", fields)
        #expect(seen.status == 200 && seen["access-control-allow-origin"] == nil, "\(seen)")
        #expect(seen["cross-origin-resource-policy"] == "same-origin")
    }

    @Test(arguments: [
        ("", []), ("", ["Origin: http://localhost"]), ("", ["Origin: https://LOCALHOST"]),
        ("", ["Sec-Fetch-Site: same-origin"]), ("", ["Sec-Fetch-Site: none"]),
        (
            "https://app.example",
            ["Origin: https://app.example", "Sec-Fetch-Site: cross-site"]
        ),
    ])
    func itsOwnPagesAndListedOnesMay(listed: String, fields: [String]) throws {
        let edge = try Edge(settings: listed.isEmpty ? [:] : ["CORS_ORIGINS": listed])
        let photo = try Photos.small(1)
        #expect(try edge.ask("POST", "/images", fields, body: photo).status == 201)
        let hash = contentHash(photo)
        #expect(try edge.ask("DELETE", "/images/\(hash)", fields).status == 200)
    }

    @Test func aTokenIsWhatAPageElsewhereNeeds() throws {
        let edge = try Edge()
        let secret = "a token"
        let digest = contentHash(Array(secret.utf8))
        let other = try Edge(settings: [
            "AUTH_TOKENS": "[{ sha256: '\(digest)', scopes: ['upload'] }]"
        ])
        let fields = ["Origin: https://evil.example", "Authorization: Bearer \(secret)"]
        let photo = try Photos.small(1)
        #expect(try other.ask("POST", "/images", fields, body: photo).status == 201)
        // One that is none of ours is nothing.
        try edge.ask("POST", "/images", fields, body: photo).expectProblem(403)
    }

    @Test func everybodysPagesMayReadDeliveriesOnly() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let origin = "Origin: https://evil.example"
        func allowed(_ method: String, _ target: String, asking: String? = nil) throws -> String? {
            let fields = asking.map { ["Access-Control-Request-Method: \($0)"] } ?? []
            return try edge.ask(method, target, [origin] + fields)["access-control-allow-origin"]
        }
        #expect(try allowed("GET", "/thumbs/50x/\(hash).jpg") == "*")
        #expect(try allowed("OPTIONS", "/originals/\(hash)", asking: "GET") == "*")
        for target in ["/images", "/images/\(hash)", "/images/\(hash)/similar", "/openapi.json"] {
            #expect(try allowed("GET", target) == nil, "\(target)")
            for method in ["GET", "POST", "DELETE", "PATCH"] {
                #expect(try allowed("OPTIONS", target, asking: method) == nil, "\(target)")
            }
        }
        #expect(try allowed("OPTIONS", "/originals/\(hash)", asking: "PUT") == nil)
        let preflight = try edge.ask(
            "OPTIONS", "/originals/\(hash)", [origin, "Access-Control-Request-Method: GET"])
        #expect(preflight["access-control-allow-methods"] == "GET, HEAD, OPTIONS")
    }

    // MARK: Open to who sits at the machine

    /// `Host` and fields behind it, and whether they are those of somebody at the machine.
    static let callers: [(String, [String], Bool)] = [
        ("localhost", [], true), ("LocalHost:8080", [], true), ("localhost.", [], true),
        ("127.0.0.1:1", [], true), ("127.8.9.1", [], true), ("[::1]:80", [], true),
        ("[0:0:0:0:0:0:0:1]", [], true),
        ("evil.example", [], false), ("localhost.evil.example", [], false),
        ("127.0.0.1.evil.example", [], false), ("evil.localhost", [], false),
        ("128.0.0.1", [], false),
        ("0x7f.1", [], false), ("2130706433", [], false), ("127.1", [], false),
        ("127.0.0.1.", [], false), ("127.0.0.01", [], false), ("0.0.0.0", [], false),
        ("[::2]", [], false), ("[1::]", [], false), ("[::ffff:7f00:1]", [], false),
        ("localhost", ["Forwarded: for=192.0.2.1"], false),
        ("localhost", ["X-Forwarded-For: 192.0.2.1"], false),
        ("localhost", ["x-forwarded-host: images.example"], false),
        ("localhost", ["X-Real-IP: 192.0.2.1"], false), ("localhost", ["Via: 1.1 a"], false),
        ("localhost", ["CF-Connecting-IP: 192.0.2.1"], false),
        ("localhost", ["X-Forwarded: for=192.0.2.1"], false),
        ("localhost", ["CDN-Loop: a"], false), ("localhost", ["Client-IP: 192.0.2.1"], false),
        ("localhost", ["Fly-Client-IP: 192.0.2.1"], false),
        ("localhost", ["X-Azure-ClientIP: 192.0.2.1"], false),
        ("localhost", ["X-Amzn-Trace-Id: a"], false),
    ]

    @Test func openIsWhoSitsAtTheMachine() throws {
        let edge = try Edge()
        for (host, fields, isLocal) in Self.callers {
            let lines = ["GET /images HTTP/1.1", "Host: \(host)"] + fields + ["", ""]
            let connection = try edge.connection()
            try connection.send(lines.joined(separator: "\r\n"))
            let answer = try connection.readAnswer(to: "GET")
            #expect(answer.status == (isLocal ? 200 : 401), "\(host) \(fields): \(answer)")
        }
    }

    @Test(arguments: [
        ("GET http://evil.example/images HTTP/1.1\r\nHost: localhost\r\n", 401),
        ("GET http://localhost/images HTTP/1.1\r\nHost: evil.example\r\n", 401),
        ("GET http://localhost/images HTTP/1.1\r\nHost: localhost\r\n", 200),
        // What nginx sends unless it is told otherwise.
        ("GET /images HTTP/1.0\r\nHost: 127.0.0.1:8080\r\n", 401),
        ("GET /images HTTP/1.0\r\n", 401),
    ])
    func otherShapesOfARequestAreNoWayAround(head: String, expected: Int) throws {
        let edge = try Edge()
        let connection = try edge.connection()
        try connection.send(head + "\r\n")
        #expect(try connection.readAnswer(to: "GET").status == expected)
    }

    /// Who says `open` means everybody.
    @Test func anOpenEdgeStandsBehindAnyBalancer() throws {
        let edge = try Edge(settings: ["AUTH_UPLOADS": "open", "AUTH_INDEX": "open"])
        let connection = try edge.connection()
        try connection.send(
            "GET /images HTTP/1.1\r\nHost: images.example\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n")
        #expect(try connection.readAnswer(to: "GET").status == 200)
    }

    // MARK: The admin listener

    @Test(arguments: [
        ("localhost", [], 200), ("127.0.0.1:8081", [], 200), ("[::1]:8081", [], 200),
        ("192.0.2.7", [], 200), ("evil.example", [], 421), ("localhost.evil.example", [], 421),
        ("localhost", ["Origin: https://evil.example"], 403), ("localhost", ["Origin: null"], 403),
        ("localhost", ["Origin: http://localhost"], 403),
        ("localhost", ["Sec-Fetch-Site: none"], 200),
    ])
    func theAdminListenerAnswersNoPage(host: String, fields: [String], expected: Int) throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        for (method, target) in [
            ("GET", "/livez"), ("GET", "/metrics"), ("POST", "/purge/\(hash)"),
            ("POST", "/notifications/retry"),
        ] {
            let lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)", "Content-Length: 0"]
            let connection = try Connection(port: edge.adminPort)
            try connection.send((lines + fields + ["", ""]).joined(separator: "\r\n"))
            let answer = try connection.readAnswer(to: method)
            let isRetry = target == "/notifications/retry"
            #expect(answer.status == (expected == 200 && isRetry ? 202 : expected), "\(answer)")
        }
        if expected != 200 {
            let drain = try edge.ask(
                "POST", "/drain", ["Origin: https://evil.example"], admin: true)
            #expect(drain.status == 403)
            #expect(try edge.becomesReady())
        }
    }

    /// No `Origin` is sent along by old browsers for a form, nor where none are asked to be.
    @Test func theAdminListenerTakesNoChangeThatABrowserSaysComesFromElsewhere() throws {
        let edge = try Edge()
        let fields = ["Sec-Fetch-Site: cross-site"]
        #expect(try edge.ask("POST", "/drain", fields, admin: true).status == 403)
        #expect(try edge.ask("GET", "/livez", fields, admin: true).status == 200)
    }
}
