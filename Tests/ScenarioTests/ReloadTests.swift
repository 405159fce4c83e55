import Foundation
import Testing

/// SIGHUP: the configuration is read again.
@Suite struct ReloadTests {
    @Test func newTokensCountAndOtherChangesWaitForARestart() throws {
        let folder = try DataFolder()
        let file = folder.path + ".json5"
        defer { try? FileManager.default.removeItem(atPath: file) }
        func write(_ text: String) throws {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
        }
        func token(_ text: String) -> String {
            "{ sha256: '\(contentHash(Array(text.utf8)))', scopes: ['upload'] }"
        }
        try write("{ auth: { uploads: 'token', tokens: [\(token("one"))] } }")
        let edge = try Edge(folder: folder, configuration: file)
        func status(_ text: String) throws -> Int {
            try edge.ask(
                "POST", "/images", ["Authorization: Bearer \(text)"], body: Photos.small(1)
            ).status
        }
        #expect(try status("one") == 201 && status("two") == 401)

        try write("{ auth: { uploads: 'token', tokens: [}")
        kill(edge.process.processIdentifier, SIGHUP)
        #expect(edge.event("configuration-refused") != nil)
        #expect(try status("one") == 200)

        try write(
            "{ workers: 1, auth: { uploads: 'token', tokens: [\(token("two"))] } }")
        kill(edge.process.processIdentifier, SIGHUP)
        let event = edge.event("configuration-read")
        #expect(event?["needRestart"] as? String == "workers")
        #expect(try status("one") == 401 && status("two") == 200)
        #expect(edge.stop() == 0)
    }
}
