import Foundation
import TestSupport
import Testing

/// Upload links: a URL is the permission, within its bounds.
@Suite struct UploadLinkTests {
    static let secret = String(repeating: "5e", count: 32)

    static func start(_ more: [String: String] = [:], _ folder: Scratch? = nil) throws -> Edge {
        let tokens = [("ada", "['upload'], owner: 'ada'"), ("all", "['upload', 'read']")].map {
            "{ sha256: '\(contentHash(Array($0.0.utf8)))', scopes: \($0.1) }"
        }
        let settings = [
            "AUTH_TOKENS": "[\(tokens.joined(separator: ", "))]", "AUTH_UPLOADS": "token",
            "AUTH_INDEX": "token", "DELIVERY_SIGNING_KEYS": "[{ id: 'k', secret: '\(secret)' }]",
        ]
        return try Edge(folder: folder, settings: settings.merging(more) { $1 })
    }

    private func ask(_ edge: Edge, _ body: String, by token: String = "all") throws -> Answer {
        try edge.ask(
            "POST", "/uploads", ["Authorization: Bearer \(token)"], body: Array(body.utf8))
    }

    private func link(_ edge: Edge, _ body: String, by token: String = "all") throws -> String {
        let answer = try ask(edge, body, by: token)
        try #require(answer.status == 201, "\(answer)")
        return try #require(answer.object["url"] as? String)
    }

    private func document(_ edge: Edge, _ bytes: [UInt8]) throws -> [String: Any] {
        try edge.ask("GET", "/images/\(contentHash(bytes))", ["Authorization: Bearer all"]).object
    }

    @Test func aLinkLetsUploadWithinItsBounds() throws {
        let edge = try Self.start()
        let body = """
            { "expires": 600, "bytes": 100000, "types": ["image/jpeg"], "owner": "bob",
              "tags": ["a b", "c"] }
            """
        let made = try ask(edge, body).object
        let url = try #require(made["url"] as? String)
        let picture = try Photos.small(1)
        let fields = ["Origin: https://elsewhere.example", "Sec-Fetch-Site: cross-site"]
        let answer = try edge.ask("PUT", url + "&name=x.jpg", fields, body: picture)
        #expect(answer.status == 201 && answer["access-control-allow-origin"] == "*", "\(answer)")
        let found = try document(edge, picture)
        #expect(found["owner"] as? String == "bob" && found["name"] as? String == "x.jpg")
        #expect(found["tags"] as? [String] == ["a b", "c"])
        let attributes = found["attributes"] as? [String: String]
        #expect(attributes?["uploadLink"] == made["id"] as? String)
        let again = try edge.ask("PUT", url, fields, body: picture)
        #expect(again.status == 200, "\(again)")
        let form = Edge.form([try Photos.small(2)])
        #expect(try edge.ask("POST", url, fields + form.fields, body: form.body).status == 201)
        let large = [UInt8](repeating: 0, count: 100_001)
        let refused = try edge.ask("PUT", url, fields, body: large)
        refused.expectProblem(413)
        #expect(refused["access-control-allow-origin"] == "*")
        let png = try Photos.pillow("PNG", size: (20, 20))
        try edge.ask("PUT", url, fields, body: png).expectProblem(415, saying: "image/jpeg")
        let preflight = try edge.ask(
            "OPTIONS", url, fields + ["Access-Control-Request-Method: PUT"])
        #expect(preflight.status == 204 && preflight["access-control-allow-origin"] == "*")
        #expect(preflight["access-control-allow-methods"]?.contains("PUT") == true)
    }

    @Test func whatWasAlteredOrHasEndedOpensNothing() throws {
        let edge = try Self.start()
        let url = try link(edge, #"{ "expires": 600, "bytes": 10, "count": 2 }"#)
        let picture = try Photos.small(1)
        for (old, new) in [
            ("bytes=10", "bytes=100000"), ("count=2", "count=9"), ("expires=1", "expires=2"),
            ("/uploads/", "/uploads/0"), ("signature=k.", "signature=q."), ("&sig", "&owner=x&sig"),
        ] {
            let altered = url.replacing(old, with: new, maxReplacements: 1)
            #expect(altered != url)
            try edge.ask("PUT", altered, body: picture).expectProblem(403)
        }
        try edge.ask("PUT", url + "&owner=x", body: picture).expectProblem(403)
        let bare = try #require(url.split(separator: "&signature").first.map(String.init))
        try edge.ask("PUT", bare, body: picture).expectProblem(403)
        // A signature of a delivery is none of an upload, and the other way round.
        let path = try #require(url.split(separator: "?").first)
        #expect(try edge.ask("GET", String(path)).status == 405)
        let soon = try link(edge, #"{ "expires": 1 }"#)
        #expect(
            try edge.waits { try edge.ask("PUT", soon, body: picture).status == 410 })
        try ask(edge, #"{ "bytes": 5 }"#).expectProblem(422, saying: "expires")
        try ask(edge, #"{ "expires": 5, "count": 0 }"#).expectProblem(422)
        try ask(edge, #"{ "expires": 5, "from": 0 }"#).expectProblem(422)
        try edge.ask("POST", "/uploads", body: Array("{}".utf8)).expectProblem(401)
    }

    @Test func aTokenWithAnOwnerLinksForThatOwner() throws {
        let edge = try Self.start()
        let picture = try Photos.small(1)
        let url = try link(edge, #"{ "expires": 600 }"#, by: "ada")
        // What the form says of an owner is passed over.
        let form = Edge.form([picture])
        let answer = try edge.ask("POST", url, form.fields, body: form.body)
        #expect(answer.status == 201)
        #expect(try document(edge, picture)["owner"] as? String == "ada")
        try ask(edge, #"{ "expires": 600, "owner": "bob" }"#, by: "ada").expectProblem(403)
    }

    /// A thousand at once, and then some after a crash: one image.
    @Test func aLinkForOneIsForOne() throws {
        let edge = try Self.start()
        let url = try link(edge, #"{ "expires": 6000, "count": 1 }"#)
        let pictures = try (0..<1000).map { try Photos.small(10_000 + $0) }
        let connections = try pictures.map { picture in
            let connection = try edge.connection()
            try connection.send(Edge.head("PUT", url, bodyCount: picture.count))
            return connection
        }
        // Some are refused already, and closed.
        for (connection, picture) in zip(connections, pictures) { try? connection.send(picture) }
        var counts: [Int: Int] = [:]
        for connection in connections {
            counts[try connection.readAnswer(to: "PUT").status, default: 0] += 1
        }
        #expect(counts[201] == 1 && counts[200] == nil, "\(counts)")
        #expect((counts[410] ?? 0) > 0)
        #expect(Set(counts.keys).isSubset(of: [201, 410, 503]), "\(counts)")
        func total() throws -> Int? {
            let next = try edge.ask("GET", "/images", ["Authorization: Bearer all"])
            return next.object["total"] as? Int
        }
        #expect(try total() == 1)
        edge.kill()
        let next = try Edge(
            folder: edge.folder,
            settings: [
                "DELIVERY_SIGNING_KEYS": "[{ id: 'k', secret: '\(Self.secret)' }]"
            ])
        try next.ask("PUT", url, body: pictures[0]).expectProblem(410, saying: "used up")
    }

    /// What was refused does not use a link up.
    @Test func whatIsNotKeptIsNoUse() throws {
        let edge = try Self.start()
        let url = try link(edge, #"{ "expires": 600, "count": 1 }"#)
        try edge.ask("PUT", url, body: Array("no picture".utf8)).expectProblem(415)
        #expect(try edge.ask("PUT", url, body: try Photos.small(1)).status == 201)
        try edge.ask("PUT", url, body: try Photos.small(2)).expectProblem(410)
    }

    @Test func withoutAKeyThereAreNoLinks() throws {
        let edge = try Edge()
        try edge.ask("POST", "/uploads", body: Array(#"{ "expires": 5 }"#.utf8))
            .expectProblem(403, saying: "signingKeys")
    }

    /// The twenty lines of docs/uploads.md, in a browser on a page of another origin.
    @Test(.enabled(if: ForeignProgram.areThere("chromium", "python3")))
    func aPageOfAnotherOriginUploadsWithProgress() throws {
        let readme = try String(
            contentsOf: Photos.root.appending(path: "docs/uploads.md"), encoding: .utf8)
        let start = try #require(readme.range(of: "\nfunction upload("))
        let end = try #require(
            readme.range(of: "\n}\n", range: start.lowerBound..<readme.endIndex))
        let script = readme[start.lowerBound..<end.upperBound]
        let edge = try Self.start()
        let picture = try Photos.small(1)
        let url = try link(edge, #"{ "expires": 6000, "count": 1, "types": ["image/jpeg"] }"#)
        let bytes = Data(picture).base64EncodedString()
        let page = """
            <script>
            \(script)
            (async () => {
                const bytes = Uint8Array.from(atob("\(bytes)"), c => c.charCodeAt(0))
                const file = new File([bytes], "a.jpg", { type: "image/jpeg" })
                const seen = { progress: 0 }
                const url = "http://127.0.0.1:\(edge.port)\(url)"
                seen.image = await upload(url, file, share => { seen.progress = share })
                await upload(url, file, () => {}).catch(e => { seen.second = e.message })
                await fetch("/", { method: "POST", body: JSON.stringify(seen) })
            })()
            </script>
            """
        let server = try ForeignProgram("/usr/bin/python3", ["-c", BrowserTests.server, page])
        let said = server.awaitLine(seconds: 60) { $0.hasPrefix("port ") }
        let port = try #require(said?.dropFirst(5))
        let profile = FileManager.default.temporaryDirectory.appending(path: "\(UUID())")
        defer { try? FileManager.default.removeItem(at: profile) }
        let browser = try ForeignProgram(
            "/usr/bin/chromium",
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--user-data-dir=\(profile.path)", "http://127.0.0.1:\(port)/",
            ])
        let report = server.awaitLine(seconds: 300) { $0.hasPrefix("report ") }
        let seen = String(try #require(report, "\(browser.output)").dropFirst(7)).jsonObject
        let image = try #require(seen["image"] as? [String: Any], "\(seen)")
        #expect(image["hash"] as? String == contentHash(picture))
        #expect(seen["progress"] as? Double == 1)
        #expect((seen["second"] as? String)?.contains("used up") == true, "\(seen)")
    }
}
