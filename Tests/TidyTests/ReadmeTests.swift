import Testing

@Suite struct ReadmeTests {
    private static let pages = ["README.md", "loadtest/README.md", "conf/README.md"]
        .filter { SourceFile.text($0) != nil }

    @Test(arguments: pages)
    func everyMakeCommandExists(page: String) throws {
        let makefile = try #require(SourceFile.text("Makefile"))
        let targets = Set(
            makefile.matches(of: /(?m)^([a-z]+):/).map { String($0.output.1) })
        let text = try #require(SourceFile.text(page))
        for match in text.matches(of: /(?m)(?:^ {4}|`|^)make ([a-z]+)/) {
            #expect(targets.contains(String(match.output.1)), "\(page): make \(match.output.1)")
        }
    }

    @Test(arguments: ["run", "test", "build", "bench", "sanitize", "fuzz", "lint", "install"])
    func theMakefileHasWhatUsersArePromised(target: String) throws {
        let makefile = try #require(SourceFile.text("Makefile"))
        #expect(makefile.contains(try Regex("(?m)^\(target):")))
    }
}
