import Foundation
import TestSupport
import Testing

/// Every command and snippet of the documents, as it stands there, with the programs of this build.
@Suite struct DocumentTests {
    private static let pages =
        ["README.md", "conf/README.md"]
        + ["buckets", "delivery", "fleet", "operation", "security", "uploads"].map {
            "docs/\($0).md"
        }

    private static func check(_ page: String) throws -> (status: Int32, output: String) {
        let program = Edge.products.appending(path: "pollex").path
        let checked = try run(
            Photos.root.appending(path: "docs/check").path, ["--program", program, page])
        return (checked.status, String(decoding: checked.output, as: UTF8.self))
    }

    @Test(.enabled(if: !Edge.isSanitized), arguments: pages)
    func whatAPageSaysIsSo(page: String) throws {
        let checked = try Self.check(page)
        print(checked.output.prefix { $0 != "{" })
        #expect(checked.status == 0, "\(checked.output.suffix(6000))")
    }

    @Test func noPageIsLeftOut() throws {
        let there = try FileManager.default.contentsOfDirectory(
            atPath: Photos.root.appending(path: "docs").path)
        let names = there.filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
        #expect(Set(names) == Set(Self.pages.filter { $0.hasPrefix("docs/") }))
    }

    /// Whether ports can be a test's own; without, only syntax is looked at.
    private static let canRun: Bool = {
        let user = geteuid() == 0 ? [] : ["--user", "--map-root-user"]
        return (try? run("/usr/bin/unshare", user + ["--net", "true"]))?.status == 0
    }()

    /// What is wrong with a page is found, each kind of it.
    @Test(
        .enabled(if: canRun, "unshare --net"),
        arguments: [
            ("sh", "false"), ("sh", "if true"), ("sh", "# Not run: why\nif true"),
            ("console", "$ echo red\nblue"), ("console", "red"), ("json", "{"), ("js", "let let"),
            ("json5", "{ delivery: { sises: [] } }"), ("python", "raise SystemExit(1)"),
            ("html", "<form>"), ("cobol", "STOP RUN."), ("sh", "pollex serve --wat"),
            ("sh", "# Not run: why\npollex ls --wat"), ("sh", "make nothing"),
        ])
    func whatIsNotSoIsFound(language: String, text: String) throws {
        let folder = try Scratch()
        let page = folder.path + "/page.md"
        try "```\(language)\n\(text)\n```\n".write(toFile: page, atomically: false, encoding: .utf8)
        let checked = try Self.check(page)
        #expect(checked.status == 1 && checked.output.contains("page.md"), "\(checked)")
    }

    @Test func codeInNoFenceIsFound() throws {
        let folder = try Scratch()
        let page = folder.path + "/page.md"
        try "Text:\n\n    code\n".write(toFile: page, atomically: false, encoding: .utf8)
        #expect(try Self.check(page).status == 1)
    }
}
