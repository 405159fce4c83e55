import Foundation
import Testing

/// The page for people, held against the program: by its answers here, in Chromium by
/// `loadtest/console/check`.
@Suite struct ConsoleTests {
    private static let checker = Photos.root.appending(path: "loadtest/console/check").path
    private static let isInstalled = FileManager.default.fileExists(
        atPath: Photos.root.appending(path: ".build/console-venv/installed").path)

    @Test func isServedAsItLiesInTheSources() throws {
        let edge = try Edge()
        let folder = Photos.root.appending(path: "Sources/CConsole/files")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.count == 12)
        for name in names {
            let target = name == "index.html" ? "/console/" : "/console/\(name)"
            let answer = try edge.ask(target)
            #expect(answer.content == Array(try Data(contentsOf: folder.appending(path: name))))
            #expect(answer["cache-control"] == "no-cache")
            #expect(answer["content-security-policy"]?.contains("default-src 'none'") == true)
            let tag = try #require(answer["etag"])
            #expect(try edge.ask("GET", target, ["If-None-Match: \(tag)"]).status == 304)
        }
        #expect(try edge.ask("/console")["location"] == "/console/")
        try edge.ask("/console/index.html").expectProblem(404)
        try edge.ask("POST", "/console/").expectProblem(405)
    }

    @Test func isThereOnlyWhereItIsMeant() throws {
        let off = try Edge(settings: ["CONSOLE": "off"])
        for target in ["/console/", "/console", "/console/console.js"] {
            try off.ask(target).expectProblem(404)
        }
        let wide = try Edge(settings: ["LISTENERS": "[{ address: '0.0.0.0:0' }]"])
        try wide.ask("/console/").expectProblem(404)
        let on = try Edge(settings: [
            "LISTENERS": "[{ address: '0.0.0.0:0' }]", "CONSOLE": "on",
        ])
        #expect(try on.ask("/console/").status == 200)
    }

    /// What the page asks for beside what was there: links that are signed, and a purge.
    @Test func administratorsGetLinksAndPurge() throws {
        let secret = "a token"
        let rows = [("admin", secret), ("read", "another")].map { scope, token in
            "{ sha256: '\(contentHash(Array(token.utf8)))', scopes: ['\(scope)'] }"
        }
        let edge = try Edge(settings: [
            "AUTH_TOKENS": "[\(rows.joined(separator: ","))]", "DELIVERY_SIZES": "signed",
            "DELIVERY_SIGNING_KEYS": "[{ id: 'k', secret: '00112233445566778899aabbccddeeff' }]",
        ])
        let hash = try edge.upload(try Photos.small(1))
        let admin = ["Authorization: Bearer \(secret)"]
        func link(_ target: String, _ fields: [String]) throws -> Answer {
            try edge.ask("GET", "/images/\(hash)/link?target=\(target)", fields)
        }
        let target = "/thumbs/40x40/\(hash).png?fit%3Dcover"
        let url = try #require(try link(target, admin).object["url"] as? String)
        #expect(url.hasPrefix("/thumbs/40x40/\(hash).png?fit=cover&signature=k."))
        #expect(try edge.ask(url).status == 200)
        // Nobody gets one without a token, nor by one that may only read.
        try link(target, []).expectProblem(403)
        try link(target, ["Authorization: Bearer another"]).expectProblem(403)
        let other = String(repeating: "0", count: 64)
        for wrong in ["", "/thumbs/40x40/\(other)", "/originals/\(hash)", "/thumbs/x/\(hash)"] {
            try link(wrong, admin).expectProblem(400)
        }
        try edge.ask("GET", "/images/\(hash)/link", admin).expectProblem(400)

        let purge = "/images/\(hash)/purge"
        try edge.ask("POST", purge, ["Authorization: Bearer another"]).expectProblem(403)
        try edge.ask("POST", purge, ["Origin: https://evil.example"]).expectProblem(403)
        let receipt = try edge.ask("POST", purge, admin)
        #expect(receipt.status == 200 && receipt.object["renditions"] as? Int == 1)
        #expect(receipt.object["facts"] as? String == "confirmed")
    }

    /// Uploads, the gallery with 10,000 pictures too, one picture, recipes, and what owners,
    /// readers and administrators see: in Chromium, with axe-core, by keyboard, dark and narrow.
    @Test(.enabled(if: isInstalled, "loadtest/console/check --install gets it from PyPI"))
    func peopleComeThroughIt() throws {
        let program = Edge.products.appending(path: "pollex").path
        let checked = try run(Self.checker, ["--program", program])
        let output = String(decoding: checked.output, as: UTF8.self)
        #expect(checked.status == 0, "\(output.suffix(6000))")
    }
}
