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
        try edge.ask("DELETE", "/images/\(hash)?block=1", [Client.ada.field]).expectProblem(403)
        try edge.ask("DELETE", "/images/\(hash)", [Client.bob.field]).expectProblem(404)
        #expect(try patch(#"{"owner": "bob"}"#, by: .admin).status == 200)
        try edge.ask("DELETE", "/images/\(hash)", [Client.ada.field]).expectProblem(404)
        #expect(try edge.ask("DELETE", "/images/\(hash)", [Client.bob.field]).status == 200)
        try edge.ask("DELETE", "/images/\(hash)", [Client.ada.field]).expectProblem(410)
        try edge.ask("/originals/\(hash)").expectProblem(410)
        #expect(try upload(edge, 1, by: .ada).status == 201)
    }

    /// The bytes are kept once, and each owner has an entry of his own.
    @Test func whoUploadsAnothersPictureHasHisOwnEntry() throws {
        let edge = try start()
        let first = try upload(edge, 1, by: .ada, "?name=secret&tags=private")
        let hash = try #require(first.object["hash"] as? String)
        let again = try upload(edge, 1, by: .bob, "?name=b")
        #expect(again.status == 201 && !again.text.contains("secret"), "\(again)")
        #expect(!again.text.contains("private") && again.object["owner"] as? String == "bob")
        #expect(try upload(edge, 1, by: .bob, "?name=c").object["name"] as? String == "b")
        #expect(try listed(edge, by: .bob) == [hash] && listed(edge, by: .ada) == [hash])
        // An administrator sees both, and his own first.
        #expect(try listed(edge, by: .admin) == [hash, hash])
        let shown = try edge.ask("GET", "/images/\(hash)", [Client.admin.field]).object
        #expect(shown["owners"] as? [String] == ["ada", "bob"])
        #expect(shown["name"] as? String == "secret")
        let his = try edge.ask("GET", "/images/\(hash)", [Client.bob.field]).object
        #expect(his["name"] as? String == "b" && his["owners"] == nil)
        // What one of them is looked at for is the other's own affair.
        let patch = Array(#"{"focus": {"x": 0, "y": 1}}"#.utf8)
        let type = "Content-Type: application/json"
        #expect(
            try edge.ask("PATCH", "/images/\(hash)", [Client.ada.field, type], body: patch).status
                == 200)
        for (client, isSet) in [(Client.ada, true), (.bob, false), (.admin, true)] {
            let shown = try edge.ask("GET", "/images/\(hash)", [client.field]).object
            #expect((shown["focus"] is NSNull) != isSet)
        }
        // A rendition is of the bytes, and stays while one of them has an entry.
        let path = "/thumbs/60x/\(hash).webp"
        #expect(try edge.ask(path).status == 200)
        let receipt = try edge.ask("DELETE", "/images/\(hash)", [Client.ada.field]).object
        #expect(receipt["originals"] as? Int == 0 && receipt["renditions"] as? Int == 0)
        try edge.ask("GET", "/images/\(hash)", [Client.ada.field]).expectProblem(404)
        #expect(try edge.ask(path).status == 200)
        #expect(try edge.ask("GET", "/images/\(hash)", [Client.bob.field]).status == 200)
        #expect(try upload(edge, 1, by: .ada).status == 201)
        #expect(try edge.ask("DELETE", "/images/\(hash)", [Client.ada.field]).status == 200)
        let last = try edge.ask("DELETE", "/images/\(hash)", [Client.bob.field]).object
        #expect(last["originals"] as? Int == 1)
        try edge.ask(path).expectProblem(410)
    }

    @Test func anAdministratorsDeletionIsEverybodys() throws {
        let edge = try start()
        let hash = contentHash(try Photos.small(1))
        for client in Client.allCases {
            #expect(try upload(edge, 1, by: client).status == 201)
        }
        let block = try edge.ask("DELETE", "/images/\(hash)?block=1", [Client.admin.field])
        #expect(block.status == 200 && block.object["originals"] as? Int == 1)
        for client in Client.allCases {
            try edge.ask("GET", "/images/\(hash)", [client.field]).expectProblem(451)
            try upload(edge, 1, by: client).expectProblem(451)
        }
    }
}
