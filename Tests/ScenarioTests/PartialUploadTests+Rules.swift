import Digest
import Foundation
import TestSupport
import Testing

extension PartialUploadTests {
    private func link(_ edge: Edge, _ body: String) throws -> String {
        let made = try edge.ask("POST", "/uploads", Self.bearer, body: Array(body.utf8))
        return try #require(made.object["url"] as? String)
    }

    private func contentDigest(_ bytes: some Collection<UInt8>) -> String {
        let digest = SHA256Digest(of: Array(bytes)).bytes
        let text = Data(digest.indices.map { digest[$0] }).base64EncodedString()
        return "Content-Digest: sha-256=:\(text):"
    }

    // MARK: What ends in the middle

    /// The bytes are where originals are then, and nothing names them.
    @Test(.disabled(if: Edge.isSanitized, "the sanitizers are in the same calls"))
    func whatTheIndexDoesNotTakeBeginsAnew() throws {
        let faults = try Faults()
        let edge = try Edge(faults: faults)
        let picture = try Photos.small(1)
        let url = try begun(edge, picture.count)
        try faults.failFlushes(of: "/index")
        try send(edge, url, picture, at: 0).expectProblem(503)
        try faults.heal()
        #expect(try offset(edge, url) == nil)
        let next = try begun(edge, picture.count)
        #expect(try send(edge, next, picture, at: 0).status == 204)
        #expect(try edge.ask("/originals/\(contentHash(picture))").content == picture)
    }

    /// A link for one: its use was counted when the edge fell, and the picture was kept.
    @Test func whatWasKeptWhenTheEdgeFellIsNotRefused() throws {
        let edge = try UploadLinkTests.start()
        let picture = try Photos.small(1)
        // Known already, so that its bytes stay where they are until all is done.
        #expect(try edge.ask("POST", "/images", Self.bearer, body: picture).status == 201)
        let target = try link(edge, #"{"expires": 600, "count": 1, "owner": "bob"}"#)
        let url = try begun(edge, picture.count, at: target)
        #expect(try send(edge, url, picture, at: 0).status == 204)
        edge.kill()
        // As it lay there a moment before.
        try Data(picture).write(to: URL(filePath: try file(edge, url)))
        let next = try UploadLinkTests.start([:], edge.folder)
        #expect(try offset(next, url) == picture.count - 1)
        let last = try send(next, url, picture.suffix(1), at: picture.count - 1)
        #expect(last.status == 204, "\(last)")
        #expect(last["content-location"] == "/images/\(contentHash(picture))")
        // It stays a link for one.
        try begin(next, 10, at: target).expectProblem(410)
    }

    @Test func thatAnotherHasThePictureIsNotThatItWasKept() throws {
        let edge = try UploadLinkTests.start()
        let picture = try Photos.small(1)
        let ada = ["Authorization: Bearer ada"]
        #expect(try edge.ask("POST", "/images", ada, body: picture).status == 201)
        let url = try begun(edge, picture.count, Self.bearer)
        edge.kill()
        // As if the edge had fallen when the bytes had gone, and nobody's entry was still to come.
        let path = try file(edge, url)
        try FileManager.default.removeItem(atPath: path)
        let record = try String(contentsOfFile: path + ".json", encoding: .utf8)
        let noted = record.replacing(
            "{", with: "{\"hash\":\"\(contentHash(picture))\",", maxReplacements: 1)
        try noted.write(toFile: path + ".json", atomically: false, encoding: .utf8)
        let next = try UploadLinkTests.start([:], edge.folder)
        #expect(try offset(next, url, Self.bearer) == nil)
        #expect(try left(next).isEmpty)
    }

    @Test func whoStillSendsWhenItIsGivenUpIsTold() throws {
        let edge = try Edge()
        let url = try begun(edge, 100)
        let connection = try edge.connection()
        try connection.send(Edge.head("PATCH", url, piece(0), bodyCount: 100))
        try connection.send([UInt8](repeating: 1, count: 10))
        #expect(edge.waits { size(edge, url) == 10 })
        #expect(try edge.ask("DELETE", url, Self.tus).status == 204)
        try connection.send([1])
        let answer = try connection.readAnswer(to: "PATCH")
        answer.expectProblem(404)
        #expect(answer["tus-resumable"] == "1.0.0")
    }

    @Test(.disabled(if: Edge.isSanitized, "the sanitizers are in the same calls"))
    func aDiskThatIsSlowForOneKeepsNobodyElseWaiting() throws {
        let faults = try Faults()
        let edge = try Edge(faults: faults)
        let url = try begun(edge, 100)
        try faults.holdWrites(of: "partial/\(try id(url))")
        let connection = try edge.connection()
        try connection.send(Edge.head("PATCH", url, piece(0), bodyCount: 100))
        try connection.send([UInt8](repeating: 1, count: 10))
        let path = try file(edge, url)
        let folder = "/proc/\(edge.process.processIdentifier)/fd"
        #expect(
            try edge.waits {
                try FileManager.default.contentsOfDirectory(atPath: folder).contains {
                    (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)"))
                        == path
                }
            })
        for _ in 0..<20 {
            let other = try begun(edge, 10)
            #expect(try offset(edge, other) == 0)
        }
        #expect(size(edge, url) == 0)
        try faults.heal()
        #expect(edge.waits { size(edge, url) == 10 })
    }

    // MARK: What a request says

    /// A piece that is wrong does not count; what a request without content says is not of all.
    @Test func aPieceIsWhatItsDigestSays() throws {
        let edge = try Edge()
        let picture = try Photos.small(1)
        let url = try begun(edge, picture.count, [contentDigest([UInt8]())])
        #expect(try send(edge, url, picture[..<100], at: 0).status == 204)
        let (piece, rest) = (picture[100..<300], picture[300...])
        try send(edge, url, piece, at: 100, [contentDigest(rest)]).expectProblem(400)
        try send(edge, url, piece, at: 100, ["Content-Digest: sha-256=:AA==:"]).expectProblem(400)
        #expect(try offset(edge, url) == 100 && size(edge, url) == 100)
        #expect(
            try send(edge, url, piece, at: 100, [contentDigest(piece)])["upload-offset"] == "300")
        // Nor does one with which all would have come.
        try send(edge, url, rest, at: 300, [contentDigest(piece)]).expectProblem(400)
        #expect(try offset(edge, url) == 300)
        #expect(try send(edge, url, rest, at: 300, [contentDigest(rest)]).status == 204)
        #expect(try edge.ask("/originals/\(contentHash(picture))").content == picture)
    }

    @Test(arguments: ["If-None-Match: *", "If-Match: \"a\""])
    func aFalseConditionChangesNothing(condition: String) throws {
        let edge = try UploadLinkTests.start()
        let url = try begun(edge, 10, Self.bearer)
        let fields = Self.bearer + [condition]
        try send(edge, url, [1], at: 0, fields).expectProblem(412)
        try edge.ask("DELETE", url, Self.tus + fields).expectProblem(412)
        #expect(try offset(edge, url, Self.bearer) == 0)
        try begin(edge, 10, fields).expectProblem(412)
        let target = try link(edge, #"{"expires": 600}"#)
        let picture = try Photos.small(1)
        for method in ["PUT", "POST"] {
            try edge.ask(method, target, [condition], body: picture).expectProblem(412)
        }
        try edge.ask("POST", "/uploads", fields, body: Array(#"{"expires": 600}"#.utf8))
            .expectProblem(412)
        #expect(try edge.ask("PUT", target, ["If-Match: *"], body: picture).status == 201)
        let fine = Self.tus + Self.bearer + ["If-Match: *"]
        #expect(try edge.ask("DELETE", url, fine).status == 204)
    }

    /// Without its key a link opens nothing, what it began included.
    @Test func aLinkEndsWithItsKey() throws {
        let edge = try UploadLinkTests.start()
        let url = try begun(edge, 10, at: try link(edge, #"{"expires": 600}"#))
        #expect(try send(edge, url, [1], at: 0).status == 204)
        edge.kill()
        let other = String(repeating: "6f", count: 32)
        let keys = ["DELIVERY_SIGNING_KEYS": "[{ id: 'n', secret: '\(other)' }]"]
        let next = try UploadLinkTests.start(keys, edge.folder)
        try send(next, url, [1], at: 1).expectProblem(403)
        next.kill()
        let last = try UploadLinkTests.start([:], edge.folder)
        #expect(try offset(last, url) == 1)
    }

    @Test func whatIsTooLongOrTooOftenIsSaidInItsWords() throws {
        let edge = try Edge(
            settings: [
                "LIMITS_HEAD_BYTES": "48KiB", "QUOTAS_ADDRESS_REQUESTS_PER_SECOND": "1",
            ])
        let long = String(repeating: "a", count: 16 << 10)
        try begin(edge, 5, ["Upload-Metadata: a\(long)"]).expectProblem(400, saying: "16384")
        let url = try begun(edge, 5, ["Upload-Metadata: \(long)"])
        #expect(try edge.ask("HEAD", url, Self.tus)["upload-metadata"] == long)
        var refused: Answer?
        #expect(
            try edge.waits {
                refused = try edge.ask("HEAD", url, Self.tus)
                return refused?.status == 429
            })
        #expect(refused?["tus-resumable"] == "1.0.0")
    }
}
