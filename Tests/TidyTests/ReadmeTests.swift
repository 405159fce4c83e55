import Foundation
import Testing

@Suite struct ReadmeTests {
    private static let pages =
        ["README.md", "loadtest/README.md", "conf/README.md", "Sources/README.md"]
        + ["buckets", "delivery", "fleet", "operation", "security", "uploads"].map {
            "docs/\($0).md"
        }

    /// What a heading is called in links, as GitHub does it.
    private static func anchors(_ text: String) -> Set<String> {
        Set(
            text.matches(of: /(?m)^#+ (.+)$/).map { heading in
                let kept = heading.output.1.lowercased().filter {
                    $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == " "
                }
                return kept.replacing(" ", with: "-")
            })
    }

    @Test(arguments: pages)
    func everyLinkLeadsSomewhere(page: String) throws {
        let text = try #require(SourceFile.text(page))
        let links = text.matches(of: /\]\(([^)\s]+)\)/).map { String($0.output.1) }
            .filter { !$0.contains("://") }
        let place = SourceFile.root.appending(path: page)
        for link in links {
            let parts = link.split(separator: "#", omittingEmptySubsequences: false)
            let file =
                parts[0].isEmpty
                ? place : place.deletingLastPathComponent().appending(path: String(parts[0]))
            #expect(FileManager.default.fileExists(atPath: file.path), "\(page): \(link)")
            guard parts.count == 2 else { continue }
            let there = try String(contentsOf: file, encoding: .utf8)
            #expect(Self.anchors(there).contains(String(parts[1])), "\(page): \(link)")
        }
    }

    @Test(arguments: pages)
    func everyMakeCommandExists(page: String) throws {
        let makefile = try #require(SourceFile.text("Makefile"))
        let targets = Set(
            makefile.matches(of: /(?m)^([a-z-]+):/).map { String($0.output.1) })
        let text = try #require(SourceFile.text(page))
        for match in text.matches(of: /(?m)(?:^ {4}|`|^)make ([a-z-]+)/) {
            #expect(targets.contains(String(match.output.1)), "\(page): make \(match.output.1)")
        }
    }

    @Test(arguments: ["run", "test", "build", "bench", "sanitize", "fuzz", "lint", "install"])
    func theMakefileHasWhatUsersArePromised(target: String) throws {
        let makefile = try #require(SourceFile.text("Makefile"))
        #expect(makefile.contains(try Regex("(?m)^\(target):")))
    }
}
