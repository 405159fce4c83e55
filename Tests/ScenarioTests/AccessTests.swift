import Foundation
import Glibc
import TestSupport
import Testing

/// Tokens: what each scope opens, and how they come and go under a running edge.
@Suite struct AccessTests {
    private static let closed = ["AUTH_UPLOADS": "token", "AUTH_INDEX": "token"]

    @discardableResult
    private func token(
        _ words: [String], in folder: Scratch, status: Int32 = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String] {
        let program = Edge.products.appending(path: "pollex").path
        let result = try run(program, ["token"] + words + ["--data", folder.path])
        let text = String(decoding: result.output, as: UTF8.self)
        #expect(result.status == status, "\(text)", sourceLocation: sourceLocation)
        return text.split(separator: "\n").map(String.init)
    }

    /// A new token; its line in the list.
    private func add(_ scopes: String, to folder: Scratch) throws -> String {
        let said = try token(["add", "--scopes", scopes], in: folder)
        return try #require(said.first { $0.hasPrefix("pollex_") })
    }

    private static func bearer(_ token: String) -> [String] { ["Authorization: Bearer \(token)"] }

    @Test(arguments: [
        ("upload", [true, true, false, false, false]), ("read", [false, false, true, true, false]),
        ("delete", [false, false, false, false, true]),
        ("upload,read", [true, true, true, true, false]),
        ("admin", [true, true, true, true, true]),
    ])
    func eachScopeOpensItsRoutesAndTheOthersAre403(scopes: String, opens: [Bool]) throws {
        let edge = try Edge(settings: Self.closed)
        let secret = try add(scopes, to: edge.folder)
        let owner = try add("admin", to: edge.folder)
        let photo = try Photos.small(1)
        let stored = try edge.ask("POST", "/images", Self.bearer(owner), body: photo)
        #expect(stored.status == 201, "\(stored)")
        let hash = contentHash(photo)
        let other = try Photos.small(2)
        let requests = [
            ("POST", "/images", try Photos.small(3)),
            ("PUT", "/originals/\(contentHash(other))", other),
            ("GET", "/images", []), ("GET", "/images/\(hash)", []),
            ("DELETE", "/images/\(hash)", []),
        ]
        let files = edge.folder.storedFiles
        for ((method, target, body), isOpen) in zip(requests, opens) {
            let answer = try edge.ask(method, target, Self.bearer(secret), body: body)
            if isOpen {
                #expect((200...201).contains(answer.status), "\(method) \(target): \(answer)")
            } else {
                answer.expectProblem(403)
                #expect(answer["cache-control"] == "no-store")
            }
        }
        if scopes == "read" { #expect(edge.folder.storedFiles == files) }
        // Delivery asks for none.
        #expect(try edge.ask("/originals/\(hash)").status == (opens[4] ? 410 : 200))
    }

    @Test func a403ComesBeforeTheBody() throws {
        let edge = try Edge(settings: Self.closed)
        let secret = try add("read", to: edge.folder)
        for type in ["image/jpeg", "multipart/form-data; boundary=b"] {
            let connection = try edge.connection()
            let fields = ["Content-Type: \(type)", "Expect: 100-continue"]
            try connection.send(
                Edge.head("POST", "/images", Self.bearer(secret) + fields, bodyCount: 5000))
            try connection.readAnswer().expectProblem(403)
        }
    }

    @Test func tokensComeAndGoUnderARunningEdge() throws {
        let edge = try Edge(settings: Self.closed)
        try edge.ask("/images").expectProblem(401)
        let first = try add("read", to: edge.folder)
        let second = try add("read", to: edge.folder)
        for secret in [first, second] {
            #expect(try edge.ask("GET", "/images", Self.bearer(secret)).status == 200)
        }
        let list = try token(["list"], in: edge.folder)
        #expect(list.count == 2 && list.allSatisfy { $0.hasSuffix(" read") }, "\(list)")
        let id = String(contentHash(Array(first.utf8)).prefix(12))
        #expect(list.contains { $0.hasPrefix(id) })
        try token(["revoke", id], in: edge.folder)
        // From the next request on.
        try edge.ask("GET", "/images", Self.bearer(first)).expectProblem(401)
        #expect(try edge.ask("GET", "/images", Self.bearer(second)).status == 200)
        try token(["revoke", id], in: edge.folder, status: 1)
        // Neither the file nor any word of the edge's says a token.
        let file = try String(contentsOfFile: "\(edge.folder.path)/tokens.json5", encoding: .utf8)
        for secret in [first, second] {
            #expect(!file.contains(secret) && !edge.output.contains(secret))
        }
        // They outlive it.
        edge.kill()
        let next = try Edge(folder: edge.folder, settings: Self.closed)
        #expect(try next.ask("GET", "/images", Self.bearer(second)).status == 200)
    }

    @Test func whatIsNoListOfTokensIsSaidAndChangesNothing() throws {
        let edge = try Edge(settings: Self.closed)
        let secret = try add("read", to: edge.folder)
        #expect(try edge.ask("GET", "/images", Self.bearer(secret)).status == 200)
        let file = URL(fileURLWithPath: "\(edge.folder.path)/tokens.json5")
        try Data("[{ sha256: 'short' }]".utf8).write(to: file)
        #expect(try edge.ask("GET", "/images", Self.bearer(secret)).status == 200)
        #expect(edge.waits { edge.output.contains("tokens-unreadable") })
        try token(["list"], in: edge.folder, status: 1)
        try token(["add", "--scopes", "read"], in: edge.folder, status: 1)
        edge.kill()
        let failure = #expect(throws: Edge.DidNotStart.self) {
            _ = try Edge(folder: edge.folder, settings: Self.closed)
        }
        #expect(failure?.output.contains("tokens.json5") == true)
        // Taken away, there are none.
        try FileManager.default.removeItem(at: file)
        let next = try Edge(folder: edge.folder, settings: Self.closed)
        try next.ask("GET", "/images", Self.bearer(secret)).expectProblem(401)
    }

    @Test(arguments: [
        [], ["add"], ["add", "--scopes", "write"], ["add", "--scopes", ""], ["revoke"],
        ["list", "all"], ["add", "--scopes", "read", "--owner", ""],
        ["nonsense"],
    ])
    func wrongCommandLinesAreSaid(words: [String]) throws {
        let folder = try Scratch()
        let said = try token(words, in: folder, status: 2)
        #expect(!said.isEmpty)
        #expect(folder.storedFiles == [])
    }

    /// A mistyped directory is no edge without tokens.
    @Test(arguments: [["list"], ["add", "--scopes", "read"], ["revoke", "0123456789ab"]])
    func whereNoEdgeHasBeenIsAnError(words: [String]) throws {
        let folder = try Scratch()
        for path in [folder.path, folder.path + "/mistyped"] {
            let program = Edge.products.appending(path: "pollex").path
            let result = try run(program, ["token"] + words + ["--data", path])
            let said = String(decoding: result.output, as: UTF8.self)
            #expect(result.status == 1 && said.contains("no data directory"), "\(said)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func aTokensOwnerOwnsWhatItUploads() throws {
        let edge = try Edge(settings: Self.closed)
        let said = try token(
            ["add", "--scopes", "upload", "--owner", "Ann \"B\\C\""], in: edge.folder)
        let secret = try #require(said.first { $0.hasPrefix("pollex_") })
        let answer = try edge.ask(
            "POST", "/images?owner=eve", Self.bearer(secret), body: try Photos.small(1))
        #expect(answer.status == 201 && answer.object["owner"] as? String == "Ann \"B\\C\"")
    }

    /// Reachable from outside, an edge that was given nothing is closed, and says so.
    @Test(
        arguments: [
            ("127.0.0.1:0", [:], "local"), ("0.0.0.0:0", [:], "token"),
            ("0.0.0.0:0", ["AUTH_UPLOADS": "open", "AUTH_INDEX": "open"], "open"),
            ("127.0.0.1:0", closed, "token"),
        ] as [(String, [String: String], String)])
    func whatIsOpenIsSaidAtTheStart(
        listen: String, settings: [String: String], expected: String
    ) throws {
        let edge = try Edge(listen: listen, settings: settings)
        #expect(edge.waits { edge.output.contains("\"event\":\"access\"") })
        let line = edge.output.split(separator: "\n").map(String.init)
            .first { $0.contains("\"event\":\"access\"") }?.jsonObject
        #expect(line?["uploads"] as? String == expected && line?["index"] as? String == expected)
        let isClosed = expected == "token"
        #expect(
            edge.waits(seconds: isClosed ? 10 : 0.1) {
                edge.output.contains("uploads-closed")
            } == isClosed)
        let answer = try edge.ask("POST", "/images", body: try Photos.small(1))
        #expect(answer.status == (isClosed ? 401 : 201))
    }
}
