import Foundation
import Testing

/// Who may what: every route and method, by scope, by owner, on images of his own, of others, of
/// nobody, and of bytes that several have.
@Suite struct RightsTests {
    private static let scopes: [Set<String>] = [
        [], ["upload"], ["read"], ["delete"], ["upload", "read"], ["upload", "read", "delete"],
        ["admin"],
    ]
    private static let owners: [String?] = [nil, "ann"]

    /// A token for the tests, by what it may.
    private struct Client {
        let scopes: Set<String>
        let owner: String?

        var text: String { scopes.sorted().joined(separator: "-") + "." + (owner ?? "-") }
        var field: [String] { ["Authorization: Bearer \(text)"] }
        var isAdmin: Bool { scopes.contains("admin") }
        var isBound: Bool { owner != nil && !isAdmin }

        func may(_ scope: String) -> Bool { isAdmin || scopes.contains(scope) }

        var setting: String {
            let digest = contentHash(Array(text.utf8))
            let words = scopes.sorted().map { "'\($0)'" }.joined(separator: ", ")
            return "{ sha256: '\(digest)', scopes: [\(words)]"
                + (owner.map { ", owner: '\($0)'" } ?? "") + " }"
        }
    }

    /// Whose entries there are of an image.
    private enum Owning: String, CaseIterable {
        case own, foreign, ownerless, shared, unknown

        var owners: [String?] {
            switch self {
            case .own: ["ann"]
            case .foreign: ["bob"]
            case .ownerless: [nil]
            case .shared: ["bob", "ann", nil]
            case .unknown: []
            }
        }

        func isThere(for client: Client) -> Bool {
            client.isBound ? owners.contains(client.owner) : !owners.isEmpty
        }
    }

    private static var clients: [Client] {
        scopes.dropFirst().flatMap { scopes in
            owners.map { Client(scopes: scopes, owner: $0) }
        }
    }

    private static func start() throws -> Edge {
        let setting = clients.map(\.setting).joined(separator: ", ")
        return try Edge(settings: [
            "AUTH_TOKENS": "[\(setting)]", "AUTH_UPLOADS": "token", "AUTH_INDEX": "token",
        ])
    }

    private static let root = Client(scopes: ["admin"], owner: nil)

    /// An image with its entries; each with words that name its owner.
    private static func image(
        _ number: Int, _ owning: Owning, on edge: Edge
    ) throws -> (hash: String, photo: [UInt8]) {
        let photo = try Photos.small(number)
        for owner in owning.owners {
            let words = "name=of-\(owner ?? "nobody")" + (owner.map { "&owner=\($0)" } ?? "")
            let answer = try edge.ask("POST", "/images?\(words)", root.field, body: photo)
            try #require(answer.status == 201, "\(answer)")
        }
        return (contentHash(photo), photo)
    }

    private static func patch(
        _ edge: Edge, _ hash: String, _ client: Client, _ body: String
    ) throws -> Answer {
        try edge.ask(
            "PATCH", "/images/\(hash)", client.field + ["Content-Type: application/json"],
            body: Array(body.utf8))
    }

    /// What of the words of others is in an answer.
    private static func foreignWords(_ answer: Answer, _ client: Client) -> [String] {
        guard client.isBound else { return [] }
        return ["of-bob", "of-nobody"].filter { answer.text.contains($0) }
    }

    @Test(arguments: 0..<12)
    func readingIsForWhoMayRead(index: Int) throws {
        let client = Self.clients[index]
        let edge = try Self.start()
        for (number, owning) in Owning.allCases.enumerated() {
            let hash = try Self.image(number, owning, on: edge).hash
            for (target, method) in [
                ("/images/\(hash)", "GET"), ("/images/\(hash)", "HEAD"),
                ("/images/\(hash)/similar", "GET"), ("/images/\(hash)/similar", "HEAD"),
            ] {
                let answer = try edge.ask(method, target, client.field)
                let expected =
                    !client.may("read") ? 403 : owning.isThere(for: client) ? 200 : 404
                #expect(answer.status == expected, "\(method) \(target) \(client) \(owning)")
                #expect(Self.foreignWords(answer, client).isEmpty, "\(client) \(answer)")
            }
        }
        let list = try edge.ask("GET", "/images", client.field)
        #expect(list.status == (client.may("read") ? 200 : 403))
        #expect(Self.foreignWords(list, client).isEmpty, "\(client) \(list)")
        if client.may("read") {
            let count = (list.object["images"] as? [Any])?.count
            #expect(count == (client.isBound ? 2 : 6))
        }
        #expect(try edge.ask("GET", "/images", ["Authorization: Bearer x"]).status == 401)
    }

    @Test(arguments: 0..<12)
    func changingIsForWhoMayUpload(index: Int) throws {
        let client = Self.clients[index]
        let edge = try Self.start()
        for (number, owning) in Owning.allCases.enumerated() {
            let hash = try Self.image(number, owning, on: edge).hash
            for body in ["{}", #"{"tags": ["x"]}"#] {
                let answer = try Self.patch(edge, hash, client, body)
                let expected =
                    !client.may("upload")
                    ? 403
                    : !owning.isThere(for: client) ? 404 : client.may("read") ? 200 : 204
                #expect(answer.status == expected, "\(body) \(client) \(owning): \(answer)")
                #expect(Self.foreignWords(answer, client).isEmpty, "\(client) \(answer)")
                if expected == 204 { #expect(answer.content.isEmpty && answer["etag"] == nil) }
            }
            // The owner of an entry is changed by nobody who is bound to one.
            let moved = try Self.patch(edge, hash, client, #"{"owner": "eve"}"#)
            if !client.may("upload") || client.isBound { #expect(moved.status == 403) }
            guard owning == .shared else { continue }
            // Only its own entry has changed.
            let bobs = try edge.ask("GET", "/images?owner=bob&tag=x", Self.root.field)
            #expect((bobs.object["images"] as? [Any])?.isEmpty == true, "\(client)")
        }
    }

    @Test(arguments: 0..<12)
    func deletingTakesWhatIsOnesOwn(index: Int) throws {
        let client = Self.clients[index]
        let edge = try Self.start()
        for (number, owning) in Owning.allCases.enumerated() {
            let hash = try Self.image(number, owning, on: edge).hash
            let block = try edge.ask(
                "DELETE", "/images/\(hash)?block=1",
                client.isAdmin ? ["Authorization: Bearer x"] : client.field)
            #expect(block.status == (client.isAdmin ? 401 : 403), "\(client) \(owning): \(block)")
            let answer = try edge.ask("DELETE", "/images/\(hash)", client.field)
            let expected =
                !client.may("delete") ? 403 : owning.isThere(for: client) ? 200 : 404
            #expect(answer.status == expected, "\(client) \(owning): \(answer)")
            let isGone = expected == 200 && !(client.isBound && owning == .shared)
            #expect(
                try edge.ask("/originals/\(hash)").status
                    == (owning == .unknown ? 404 : isGone ? 410 : 200), "\(client) \(owning)")
            if expected == 200 && !isGone {
                let left = try edge.ask("GET", "/images/\(hash)", Self.root.field)
                #expect((left.object["owners"] as? [Any])?.count == 2, "\(left)")
            }
        }
    }

    @Test(arguments: 0..<12)
    func uploadingMakesAnEntryOfOnesOwn(index: Int) throws {
        let client = Self.clients[index]
        let edge = try Self.start()
        for (number, owning) in Owning.allCases.enumerated() {
            let (hash, photo) = try Self.image(number, owning, on: edge)
            let hasOne = owning.owners.contains(client.owner)
            for (method, target) in [("PUT", "/originals/\(hash)"), ("POST", "/images")] {
                let answer = try edge.ask(method, target, client.field, body: photo)
                let isNew = method == "PUT" && !hasOne
                let expected = !client.may("upload") ? 403 : isNew ? 201 : 200
                #expect(answer.status == expected, "\(method) \(client) \(owning): \(answer)")
                #expect(Self.foreignWords(answer, client).isEmpty, "\(client) \(answer)")
                // Words that were said before are for who may read them.
                if expected == 200, hasOne, !client.may("read") {
                    #expect(!answer.text.contains("of-"), "\(client) \(answer)")
                }
            }
            guard client.may("upload") else { continue }
            let shown = try edge.ask("GET", "/images/\(hash)", Self.root.field)
            let owners = shown.object["owners"] as? [Any] ?? [shown.object["owner"] ?? NSNull()]
            #expect(owners.count == owning.owners.count + (hasOne ? 0 : 1), "\(shown)")
        }
    }
}
