import Foundation
import TestSupport
import Testing

/// Tokens that come and go by the public listener.
@Suite struct TokenRouteTests {
    private static let root = ["Authorization: Bearer root"]

    private func start(folder: Scratch? = nil, _ more: [String: String] = [:]) throws -> Edge {
        let rows = [("root", "admin"), ("all", "upload', 'read', 'delete")].map {
            "{ sha256: '\(contentHash(Array($0.0.utf8)))', scopes: ['\($0.1)'] }"
        }
        let settings = [
            "AUTH_TOKENS": "[\(rows.joined(separator: ", "))]", "AUTH_UPLOADS": "token",
            "AUTH_INDEX": "token",
        ]
        return try Edge(folder: folder, settings: settings.merging(more) { $1 })
    }

    private func add(_ edge: Edge, _ body: String, _ fields: [String] = root) throws -> Answer {
        try edge.ask("POST", "/tokens", fields, body: Array(body.utf8))
    }

    @Test func aTokenIsAddedWorksAndIsRevoked() throws {
        let edge = try start()
        let made = try add(edge, #"{"scopes": ["upload", "read"], "owner": "ada", "expires": 900}"#)
        #expect(made.status == 201 && made["cache-control"] == "private, no-cache", "\(made)")
        let text = try #require(made.object["token"] as? String)
        let id = try #require(made.object["id"] as? String)
        #expect(contentHash(Array(text.utf8)).hasPrefix(id) && text.hasPrefix("pollex_"))
        let bearer = ["Authorization: Bearer \(text)"]
        let picture = try edge.ask("POST", "/images", bearer, body: try Photos.small(1))
        #expect(picture.status == 201 && picture.object["owner"] as? String == "ada")
        let listed = try edge.ask("GET", "/tokens", Self.root)
        let rows = try #require(listed.object["tokens"] as? [[String: Any]])
        #expect(rows.count == 1 && rows[0]["id"] as? String == id)
        #expect(rows[0]["scopes"] as? [String] == ["upload", "read"])
        #expect(rows[0]["expires"] is String && !listed.text.contains(text))
        // It outlives the edge, and the command knows it too.
        let file = try String(contentsOfFile: edge.folder.path + "/tokens.json5", encoding: .utf8)
        #expect(file.contains(contentHash(Array(text.utf8))) && !file.contains(text))
        edge.kill()
        let next = try start(folder: edge.folder)
        #expect(try next.ask("GET", "/images", bearer).status == 200)
        #expect(try next.ask("DELETE", "/tokens/\(id)", Self.root).status == 204)
        #expect(try next.ask("GET", "/images", bearer).status == 401)
        try next.ask("DELETE", "/tokens/\(id)", Self.root).expectProblem(404)
        #expect(next.event("token-revoked")?["id"] as? String == id)
        #expect(!next.output.contains(text) && !edge.output.contains(text))
    }

    @Test func onlyATokenThatMayDoEverythingMakesOthers() throws {
        let edge = try start()
        let body = #"{"scopes": ["admin"]}"#
        try add(edge, body, []).expectProblem(401)
        try add(edge, body, ["Authorization: Bearer all"]).expectProblem(403)
        try edge.ask("GET", "/tokens", ["Authorization: Bearer all"]).expectProblem(403)
        // Where everybody may do everything, nobody makes himself a token of it.
        let open = try start(folder: nil, ["AUTH_UPLOADS": "open", "AUTH_INDEX": "open"])
        #expect(try open.ask("/stats").status == 200)
        try add(open, body, []).expectProblem(401)
        try open.ask("GET", "/tokens").expectProblem(401)
        try open.ask("DELETE", "/tokens/000000000000").expectProblem(401)
        // The tokens of the configuration are the configuration's.
        let id = contentHash(Array("root".utf8)).prefix(12)
        try edge.ask("DELETE", "/tokens/\(id)", Self.root).expectProblem(404)
        try edge.ask("DELETE", "/tokens/", Self.root).expectProblem(404)
    }

    @Test(arguments: [
        "[]", "{}", #"{"scopes": []}"#, #"{"scopes": ["all"]}"#, #"{"scopes": "read"}"#,
        #"{"scopes": ["read"], "owner": ""}"#, #"{"scopes": ["read"], "expires": 0}"#,
        #"{"scopes": ["read"], "expires": 1e9}"#, #"{"scopes": ["read"], "name": "x"}"#,
    ])
    func whatIsNoTokenIsRefused(body: String) throws {
        let edge = try start()
        try add(edge, body).expectProblem(422)
        #expect(
            !FileManager.default.fileExists(atPath: edge.folder.path + "/tokens.json5"))
    }
}
