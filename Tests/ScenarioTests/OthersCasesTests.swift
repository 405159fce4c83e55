import Foundation
import Testing

/// Cases gathered by other projects, where their runners lie beside this one.
@Suite(.enabled(if: Photos.isBeside("../shared/suites"))) struct OthersCasesTests {
    private static let suites = Photos.root.appending(path: "../shared/suites").standardized.path

    @Test func http1RequestsOfOtherServers() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        // A target is ASCII (RFC 9112 §3.2); one of theirs is not, and was meant to be taken.
        try expectNoneFailed(
            [
                "\(Self.suites)/http1_run.py", "--port", "\(edge.port)", "--get-path",
                "/thumbs/320x240/\(hash).jpg", "--post-path", "/images",
            ], besides: ["gunicorn/valid/027"])
    }

    @Test func rangesAndConditionsOfOtherServers() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        for target in ["/thumbs/320x240/\(hash).jpg", "/originals/\(hash)"] {
            try expectNoneFailed([
                "\(Self.suites)/range_cond.py", "http://127.0.0.1:\(edge.port)\(target)",
            ])
        }
    }

    private func expectNoneFailed(_ arguments: [String], besides known: [String] = []) throws {
        let result = try run("/usr/bin/python3", arguments)
        let text = String(decoding: result.output, as: UTF8.self)
        #expect(result.status == 0 && text.contains(" \(known.count) failed"), "\(text)")
        for name in known { #expect(text.contains("FAIL \(name)")) }
    }
}
