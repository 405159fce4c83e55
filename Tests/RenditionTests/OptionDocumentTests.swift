import Foundation
import Rendition
import Testing

/// The options as the documents name them.
@Suite struct OptionDocumentTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// What a URL can have beside the options of a recipe.
    private static let others: Set = ["expires", "signature"]

    private static var words: [String] { RecipeOption.allCases.map { "\($0.word)" } }

    @Test func theirOrderIsThatOfTheAlphabet() {
        #expect(Self.words == Self.words.sorted())
        #expect(RecipeOption.allCases.map(\.rawValue) == (0..<UInt8(Self.words.count)).map { $0 })
    }

    @Test func theReadmeHasEachInItsTable() throws {
        let text = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        for word in Self.words {
            #expect(rows.contains { $0.prefix(40).contains("`\(word)`") }, "\(word)")
        }
    }

    @Test func openAPIHasEachAsAParameterOfEachRoute() throws {
        let file = Self.root.appending(path: "Sources/COpenAPI/openapi.json")
        let document = try #require(
            try JSONSerialization.jsonObject(with: try Data(contentsOf: file)) as? [String: Any])
        let components = try #require(document["components"] as? [String: Any])
        let known = try #require(components["parameters"] as? [String: [String: Any]])
        let queries = known.filter { $0.value["in"] as? String == "query" }
        for word in Self.words { #expect(queries[word]?["name"] as? String == word, "\(word)") }
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        for (path, item) in paths where path.hasPrefix("/thumbs") || path.hasPrefix("/optimized") {
            let get = item["get"] as? [String: Any]
            let listed =
                (get?["parameters"] as? [[String: Any]] ?? [])
                + (item["parameters"] as? [[String: Any]] ?? [])
            let names = Set(
                listed.compactMap { ($0["$ref"] as? String)?.split(separator: "/").last }
                    .map(String.init))
            let wanted = RecipeOption.allCases.filter { path.hasPrefix("/thumbs") || !$0.needsBox }
            #expect(
                names.isSuperset(of: wanted.map { "\($0.word)" } + Self.others), "\(path): \(names)"
            )
        }
    }
}
