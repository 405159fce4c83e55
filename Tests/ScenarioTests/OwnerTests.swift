import Foundation
import Testing

/// A token with an owner sees and changes that owner's images, and no others.
@Suite struct OwnerTests {
    private enum Client: String, CaseIterable {
        case ada, bob, everybody, admin

        var field: String { "Authorization: Bearer \(rawValue)" }

        var setting: String {
            let digest = contentHash(Array(rawValue.utf8))
            let scopes = self == .admin ? "['admin']" : "['upload', 'read', 'delete']"
            let owner = self == .everybody ? "" : ", owner: '\(rawValue)'"
            return "{ sha256: '\(digest)', scopes: \(scopes)\(owner) }"
        }
    }

    private func start() throws -> Edge {
        let tokens = Client.allCases.map(\.setting).joined(separator: ", ")
        return try Edge(settings: [
            "AUTH_TOKENS": "[\(tokens)]", "AUTH_UPLOADS": "token", "AUTH_INDEX": "token",
        ])
    }

    private func upload(
        _ edge: Edge, _ number: Int, by client: Client, _ query: String = ""
    ) throws -> Answer {
        try edge.ask(
            "POST", "/images\(query)", [client.field], body: try Photos.small(number))
    }

    private func listed(_ edge: Edge, by client: Client, _ query: String = "") throws -> [String] {
        let answer = try edge.ask("GET", "/images\(query)", [client.field])
        let images = try #require(answer.object["images"] as? [[String: Any]], "\(answer)")
        return images.compactMap { $0["hash"] as? String }.sorted()
    }

    @Test func anOwnerSeesHisImagesOnly() throws {
        let edge = try start()
        let adas = try #require(
            try upload(edge, 1, by: .ada, "?owner=bob&name=a").object["hash"] as? String)
        let bobs = try #require(try upload(edge, 2, by: .bob).object["hash"] as? String)
        #expect(try listed(edge, by: .ada) == [adas])
        #expect(try listed(edge, by: .ada, "?owner=ada") == [adas])
        #expect(try listed(edge, by: .ada, "?owner=bob") == [])
        #expect(try listed(edge, by: .bob) == [bobs])
        for client in [Client.everybody, .admin] {
            #expect(try listed(edge, by: client) == [adas, bobs].sorted())
            #expect(try listed(edge, by: client, "?owner=ada") == [adas])
        }
        let document = try edge.ask("GET", "/images/\(adas)", [Client.ada.field])
        #expect(document.object["owner"] as? String == "ada")
        try edge.ask("GET", "/images/\(adas)", [Client.bob.field]).expectProblem(404)
        try edge.ask("GET", "/images/\(adas)/similar", [Client.bob.field]).expectProblem(404)
        // The pictures are the same but for a comment.
        let similar = try edge.ask("GET", "/images/\(adas)/similar", [Client.ada.field])
        #expect((similar.object["images"] as? [Any])?.isEmpty == true)
        let all = try edge.ask("GET", "/images/\(adas)/similar", [Client.admin.field])
        #expect((all.object["images"] as? [Any])?.count == 1)
    }

    @Test func anOwnerChangesHisImagesOnly() throws {
        let edge = try start()
        let hash = try #require(try upload(edge, 1, by: .ada).object["hash"] as? String)
        func patch(_ body: String, by client: Client) throws -> Answer {
            try edge.ask(
                "PATCH", "/images/\(hash)", [client.field, "Content-Type: application/json"],
                body: Array(body.utf8))
        }
        try patch(#"{"name": "b"}"#, by: .bob).expectProblem(404)
        #expect(try patch(#"{"name": "a"}"#, by: .ada).status == 200)
        try patch(#"{"owner": "bob"}"#, by: .ada).expectProblem(403)
        try edge.ask("DELETE", "/images/\(hash)?block=1", [Client.bob.field]).expectProblem(404)
        #expect(try patch(#"{"owner": "bob"}"#, by: .admin).status == 200)
        try edge.ask("DELETE", "/images/\(hash)", [Client.ada.field]).expectProblem(404)
        #expect(try edge.ask("DELETE", "/images/\(hash)", [Client.bob.field]).status == 200)
        // Gone as it is, no owner can block it for the others.
        try edge.ask("DELETE", "/images/\(hash)?block=1", [Client.ada.field]).expectProblem(410)
        try edge.ask("/originals/\(hash)").expectProblem(410)
        #expect(try upload(edge, 1, by: .ada).status == 201)
    }

    /// The bytes are kept once; what one owner said of them is not shown to the other.
    @Test func whoUploadsAnothersPictureLearnsNothing() throws {
        let edge = try start()
        _ = try upload(edge, 1, by: .ada, "?name=secret&tags=private")
        let again = try upload(edge, 1, by: .bob)
        #expect(again.status == 200 && !again.text.contains("secret"), "\(again)")
        #expect(!again.text.contains("private") && again.object["owner"] is NSNull)
        #expect(try upload(edge, 1, by: .admin).text.contains("secret"))
        #expect(try listed(edge, by: .bob) == [])
    }
}
