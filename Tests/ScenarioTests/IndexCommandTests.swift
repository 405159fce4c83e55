import Foundation
import TestSupport
import Testing

/// An index that is lost comes back, from a dump and from the originals.
@Suite struct IndexCommandTests {
    private struct Failure: Error { let line, text: String }

    private func pollex(_ line: String, in folder: Scratch) throws -> String {
        let command = "\(CommandTests.program) \(line)"
        let outcome = try run("/bin/sh", ["-c", "cd \(folder.path) && \(command)"])
        let text = String(decoding: outcome.output, as: UTF8.self)
        guard outcome.status == 0 else { throw Failure(line: line, text: text) }
        return text
    }

    /// What the index says of every image, as clients see it.
    private func listing(_ edge: Edge) throws -> [String: String] {
        var images: [String: String] = [:]
        for image in try edge.allImages() {
            let hash = try #require(image["hash"] as? String)
            images[hash] = try edge.ask("/images/\(hash)").text
        }
        return images
    }

    /// Named, owned, tagged, patched, deleted and blocked ones.
    private func fill(_ edge: Edge) throws -> (kept: [[UInt8]], deleted: [UInt8], blocked: [UInt8])
    {
        let photos = try (5100..<5106).map { try Photos.small($0) }
        for (number, photo) in photos.enumerated() {
            let answer = try edge.ask(
                "POST", "/images?name=n%C3%A4me-\(number)&owner=o\(number % 2)&tags=a,b",
                ["Content-Type: image/jpeg"], body: photo)
            try #require(answer.status == 201, "\(answer)")
        }
        let patch = Array(
            #"{"attributes": {"Größe": "\u0041\u030A"}, "focus": {"x": 0.2, "y": 0.7}}"#.utf8)
        let patched = try edge.ask(
            "PATCH", "/images/\(contentHash(photos[0]))", ["Content-Type: application/json"],
            body: patch)
        try #require(patched.status == 200, "\(patched)")
        #expect(try edge.ask("DELETE", "/images/\(contentHash(photos[4]))").status == 200)
        #expect(try edge.ask("DELETE", "/images/\(contentHash(photos[5]))?block=1").status == 200)
        return (Array(photos[..<4]), photos[4], photos[5])
    }

    private func destroy(_ folder: Scratch, _ isGone: Bool) throws {
        let path = "\(folder.path)/index/data.mdb"
        if isGone { return try FileManager.default.removeItem(atPath: folder.path + "/index") }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.write(contentsOf: Data("{\"level\":\"info\",\"event\":\"listening\"}\n".utf8))
        try file.seek(toOffset: 4096)
        try file.write(contentsOf: Data(count: 100))
        try file.close()
    }

    /// What has the form of a dump and is none changes nothing.
    @Test(arguments: [
        #"{"pollexIndex":1,"tables":[]}\#n{"end":0}"#,
        #"{"pollexIndex":1,"tables":["images"]}\#n{"table":"images","key":"AAAA","value":""}"#
            + "\n{\"end\":1}",
    ])
    func whatMakesNoIndexIsNotLoaded(dump: String) throws {
        let folder = try Scratch()
        let hash: String
        do {
            let edge = try Edge(folder: folder)
            hash = try edge.upload(Photos.small(5120))
            #expect(edge.stop() == 0)
        }
        try Data(dump.utf8).write(to: URL(fileURLWithPath: folder.path("dump")))
        let loaded = try run(
            "/bin/sh",
            [
                "-c",
                "\(CommandTests.program) index load --data \(folder.path) < \(folder.path)/dump",
            ])
        #expect(loaded.status == 1, "\(loaded)")
        #expect(try Edge(folder: folder).ask("/images/\(hash)").status == 200)
        let mistyped = try run(
            "/bin/sh",
            [
                "-c",
                "\(CommandTests.program) index load --data \(folder.path)/x < \(folder.path)/dump",
            ])
        #expect(mistyped.status == 1)
        #expect(!FileManager.default.fileExists(atPath: folder.path("x")))
    }

    @Test(arguments: [true, false])
    func aDumpBringsEverythingBack(isGone: Bool) throws {
        let folder = try Scratch()
        let before: [String: String]
        let photos: (kept: [[UInt8]], deleted: [UInt8], blocked: [UInt8])
        do {
            let edge = try Edge(folder: folder)
            photos = try fill(edge)
            before = try listing(edge)
            // Beside an edge that runs.
            _ = try pollex("index dump --data . > dump.jsonl", in: folder)
            #expect(edge.stop() == 0)
        }
        let lines = try String(contentsOfFile: folder.path + "/dump.jsonl", encoding: .utf8)
            .split(separator: "\n")
        #expect(lines.allSatisfy { !String($0).jsonObject.isEmpty })
        for photo in photos.kept { #expect(lines.contains { $0.contains(contentHash(photo)) }) }
        try destroy(folder, isGone)
        #expect(throws: Failure.self) { _ = try pollex("check --data .", in: folder) }
        _ = try pollex("check --repair --dump dump.jsonl --data .", in: folder)
        let edge = try Edge(folder: folder)
        #expect(try listing(edge) == before)
        for photo in photos.kept {
            #expect(try edge.ask("/originals/\(contentHash(photo))").content == photo)
        }
        #expect(try edge.ask("/images/\(contentHash(photos.deleted))").status == 410)
        try edge.ask("POST", "/images", body: photos.blocked).expectProblem(451)
        #expect(edge.stop() == 0)
        // And as a move to another place.
        let other = try Scratch()
        _ = try pollex("index dump --data . > dump2.jsonl", in: folder)
        _ = try pollex("index load --data \(other.path) < dump2.jsonl", in: folder)
        _ = try pollex("index dump --data \(other.path) > dump3.jsonl", in: folder)
        #expect(
            FileManager.default.contents(atPath: folder.path + "/dump2.jsonl")
                == FileManager.default.contents(atPath: folder.path + "/dump3.jsonl"))
    }

    /// Without a dump: what only the index knew is gone, but no picture.
    @Test(arguments: [true, false])
    func originalsAreEnteredAgain(isGone: Bool) throws {
        let folder = try Scratch()
        let photos: (kept: [[UInt8]], deleted: [UInt8], blocked: [UInt8])
        do {
            let edge = try Edge(folder: folder)
            photos = try fill(edge)
            #expect(edge.stop() == 0)
        }
        try destroy(folder, isGone)
        let said = try pollex("check --repair --data .", in: folder)
        #expect(said.contains("4 originals entered again"), "\(said)")
        let edge = try Edge(folder: folder)
        #expect(try edge.allImages().count == 4)
        for photo in photos.kept {
            let hash = contentHash(photo)
            #expect(try edge.ask("/originals/\(hash)").content == photo)
            #expect(try edge.ask("/images/\(hash)").status == 200)
            #expect(try edge.ask("/thumbs/40x/\(hash).jpg").status == 200)
        }
    }

    @Test func whatIsNoDumpChangesNothing() throws {
        let folder = try Scratch()
        let hash: String
        do {
            let edge = try Edge(folder: folder)
            hash = try edge.upload(try Photos.small(5110))
            // Not under its hands.
            #expect(throws: Failure.self) {
                _ = try pollex(
                    "index dump --data . | \(CommandTests.program) index load --data .", in: folder)
            }
            #expect(edge.stop() == 0)
        }
        _ = try pollex("index dump --data . > whole", in: folder)
        for bad in [
            "head -n -1 whole", "head -n 3 whole", "sed 2s/key/kex/ whole", "echo",
            "sed s/image-facets/../ whole", "sed '2s/\"key\":\"[^\"]*\"/\"key\":\"\"/' whole",
        ] {
            #expect(throws: Failure.self, "\(bad)") {
                _ = try pollex(
                    "version && (\(bad)) | \(CommandTests.program) index load --data .", in: folder)
            }
        }
        let edge = try Edge(folder: folder)
        #expect(try edge.ask("/images/\(hash)").status == 200)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(!names.contains { $0.hasPrefix("index.") })
    }
}
