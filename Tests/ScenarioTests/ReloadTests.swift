import Foundation
import TestSupport
import Testing

/// SIGHUP: the configuration is read again.
@Suite struct ReloadTests {
    @Test func whatConcernsAnswersCountsAtOnce() throws {
        let scratch = try Scratch()
        let file = scratch.path("pollex.json5")
        func write(_ text: String) throws {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
        }
        func signed(_ id: String) -> String {
            """
            { delivery: { originals: 'signed',
              signingKeys: [{ id: '\(id)', secret: '\(Signing.secret)' }] } }
            """
        }
        try write(signed("k1"))
        let edge = try Edge(configuration: file)
        let path = "/originals/\(try edge.upload(try Photos.small(900)))"
        let sealed = try Signing.sign(path)
        #expect(try edge.ask(sealed).status == 200 && edge.ask(path).status == 403)

        try write(signed("k2"))
        kill(edge.process.processIdentifier, SIGHUP)
        #expect(edge.waits { edge.events("configuration-read").count == 1 })
        // From then on every loop answers by it, whichever a connection comes to.
        let gone = try (0..<20).map { _ in try edge.ask(sealed).status }
        #expect(gone == Array(repeating: 403, count: 20), "its key is gone")

        try write("{ cors: { origins: [] }, quotas: { addressRequestsPerSecond: 1 } }")
        kill(edge.process.processIdentifier, SIGHUP)
        #expect(edge.waits { edge.events("configuration-read").count == 2 })
        let answer = try edge.ask(path)
        #expect(answer.status == 200 && answer["access-control-allow-origin"] == nil, "\(answer)")
        let codes = try (0..<20).map { _ in try edge.ask("/images").status }
        #expect(codes.contains(200) && codes.contains(429), "\(codes)")
        #expect(edge.stop() == 0)
    }

    @Test func newTokensCountAndOtherChangesWaitForARestart() throws {
        let folder = try Scratch()
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
