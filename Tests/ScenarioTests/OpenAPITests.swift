import Foundation
import Testing

/// The description of the interface, held against the program.
@Suite struct OpenAPITests {
    private static let checker = Photos.root.appending(path: "loadtest/openapi/check").path
    private static let isInstalled = FileManager.default.fileExists(
        atPath: Photos.root.appending(path: ".build/openapi-venv/installed").path)

    @Test func isServedAsItLiesInTheSources() throws {
        let edge = try Edge()
        let answer = try edge.ask("/openapi.json")
        let file = Photos.root.appending(path: "Sources/COpenAPI/openapi.json")
        #expect(answer.status == 200 && answer["content-type"] == "application/json")
        #expect(answer.content == Array(try Data(contentsOf: file)))
        #expect(answer.object["openapi"] as? String == "3.1.0")
        let tag = try #require(answer["etag"])
        #expect(try edge.ask("GET", "/openapi.json", ["If-None-Match: \(tag)"]).status == 304)
        #expect(try edge.ask("HEAD", "/openapi.json").status == 200)
        try edge.ask("POST", "/openapi.json").expectProblem(405)
        try edge.ask("/openapi.json?x").expectProblem(404)
    }

    /// `OPTIONS` of every path says the methods that the document lists for it.
    @Test func everyPathTakesTheMethodsThatItLists() throws {
        let edge = try Edge()
        let paths = try #require(
            try edge.ask("/openapi.json").object["paths"] as? [String: [String: Any]])
        let zeros = String(repeating: "0", count: 64)
        for (path, item) in paths where item["servers"] == nil {
            let target = path.replacing("{hash}", with: zeros).replacing("{image}", with: zeros)
                .replacing("{size}", with: "9x9")
            let answer = try edge.ask("OPTIONS", target, ["Origin: https://example.org"])
            let allowed = try #require(answer["allow"]).split(separator: ", ").map(String.init)
            let listed = item.keys.filter { $0 != "parameters" }.map { $0.uppercased() }
            #expect(answer.status == 204 && Set(allowed) == Set(listed), "\(path)")
            #expect(answer["access-control-allow-methods"] == answer["allow"], "\(path)")
            let refused = try edge.ask("TRACE", target)
            refused.expectProblem(405)
            #expect(refused["allow"] == answer["allow"], "\(path)")
            try edge.ask("BREW", target).expectProblem(501)
        }
    }

    /// Thousands of requests by Schemathesis, and every JSON answer by jsonschema.
    @Test(.enabled(if: isInstalled, "loadtest/openapi/check installs what this needs"))
    func madeUpRequestsAreAnsweredAsDescribed() throws {
        let program = Edge.products.appending(path: "pollex").path
        let checked = try run(
            Self.checker, ["--quick", "--no-install", "--program", program])
        let output = String(decoding: checked.output, as: UTF8.self)
        #expect(checked.status == 0, "\(output.suffix(6000))")
    }
}
