import Foundation
import Testing

/// What fuzzing has found worth keeping, through the parsers again: none may trap.
@Suite struct CorpusTests {
    private static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "pollex-fuzz")
    private static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Corpus")

    static let parsers =
        (try? FileManager.default.contentsOfDirectory(atPath: corpus.path).sorted()) ?? []

    @Test func everyParserHasACorpus() {
        #expect(Self.parsers.count >= 8)
    }

    @Test(arguments: parsers)
    func readsItsCorpus(parser: String) throws {
        let folder = Self.corpus.appending(path: parser)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(!files.isEmpty)
        let process = Process()
        process.executableURL = Self.program
        process.arguments = files.map { folder.appending(path: $0).path }
        process.environment = ["POLLEX_FUZZ": parser, "SWIFT_BACKTRACE": "enable=no"]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    }
}
