import Foundation
import TestSupport
import Testing

/// `conf/sign`: what backends of other languages sign holds, as what `pollex sign` prints.
@Suite struct SigningSnippetTests {
    private static let all = [
        ("python3", ["sign.py"]), ("node", ["sign.js"]), ("php", ["sign.php"]),
        ("ruby", ["sign.rb"]), ("go", ["run", "sign.go"]),
    ]

    /// Where it is installed.
    private static func path(of program: String) -> String? {
        ["/usr/bin", "/usr/local/bin"].map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    @Test func whatTheySignHolds() throws {
        let secret = String(repeating: "5e", count: 32)
        let keys = "[{ id: 'k', secret: '\(secret)' }]"
        let edge = try Edge(settings: [
            "DELIVERY_SIGNING_KEYS": keys, "DELIVERY_SIZES": "signed",
        ])
        let hash = try edge.upload(try Photos.small(1))
        let folder = Photos.root.appending(path: "conf/sign").path
        for target in ["/thumbs/30x20/\(hash).jpg?fit=cover", "/optimized/\(hash)"] {
            try edge.ask(target).expectProblem(403)
            for (program, words) in Self.all {
                guard let path = Self.path(of: program) else { continue }
                let said = try run(
                    "/bin/sh",
                    ["-c", "cd \(folder) && exec \"$0\" \"$@\"", path] + words + [
                        target, "k", secret,
                    ])
                let url = String(decoding: said.output, as: UTF8.self)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
                #expect(url.hasPrefix(target), "\(program): \(said)")
                #expect(try edge.ask(url).status == 200, "\(program): \(url)")
            }
        }
    }
}
