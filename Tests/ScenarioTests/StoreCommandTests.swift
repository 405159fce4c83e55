import Foundation
import LinuxIO
import ObjectStore
import Rendition
import TestSupport
import Testing

/// The commands that know of a bucket.
@Suite(.serialized) struct StoreCommandTests {
    private struct Done {
        let status: Int32
        let text: String
    }

    private static func pollex(
        _ words: [String], at site: StoreSite, _ environment: [String: String] = [:]
    ) throws -> Done {
        let settings =
            site.engine.settings(prefix: site.prefix).map { "POLLEX_\($0.key)=\($0.value)" }
            + environment.map { "\($0.key)=\($0.value)" }
        let done = try run(
            "/usr/bin/env",
            settings + [Edge.products.appending(path: "pollex").path] + words
                + ["--data", site.folder.path])
        return Done(status: done.status, text: String(decoding: done.output, as: UTF8.self))
    }

    @Test(arguments: StoreEngine.all)
    func aSiteMovesIntoABucketAndIsCheckedThere(engine: StoreEngine) async throws {
        let site = try StoreSite(engine)
        let photos = try (1...3).map { try Photos.small($0) }
        let copy = ["originals", "copy", "--from", "files", "--to", "s3"]
        try await withKnownFiles(of: photos, at: site) { _ in
            let first = try Self.pollex(copy, at: site)
            #expect(first.status == 0 && first.text.contains("3 sent, 0 were there"))
            let second = try Self.pollex(copy, at: site)
            #expect(second.status == 0 && second.text.contains("0 sent, 3 were there"))
        }
        let edge = try site.start()
        for photo in photos {
            #expect(try edge.ask("/originals/\(contentHash(photo))").content == photo)
        }
        let whole = try Self.pollex(["check"], at: site)
        #expect(whole.status == 0, "\(whole.text)")
        #expect(whole.text.contains("3 originals"))

        let client = try site.client()
        let lost = try #require(ContentHash(hex: contentHash(photos[0])))
        try await client.delete(lost)
        let missing = try Self.pollex(["check", "--notes", site.folder.path("notes")], at: site)
        #expect(missing.status == 1 && missing.text.contains("missing \(lost.hex)"))
        // As somebody else may do it to the bucket: the edge heals it by the next upload.
        try edge.upload(photos[0])
        #expect(try await client.byteCount(of: lost) == photos[0].count)
        client.stop()
    }

    /// What may be on its way into the index is left alone, whoever asks.
    @Test(arguments: StoreEngine.all)
    func aSweepLeavesWhatIsYoung(engine: StoreEngine) async throws {
        let site = try StoreSite(engine)
        let photo = try Photos.small(1)
        _ = try site.start().upload(photo)
        var other = try StoreSite(engine)
        other.prefix = site.prefix
        _ = try other.start().upload(try Photos.small(2))
        let swept = try Self.pollex(["originals", "sweep", "--delete"], at: other)
        #expect(swept.status == 0 && swept.text.contains("2 originals in the bucket, 0 orphans"))
        let client = try site.client()
        let key = try #require(ContentHash(hex: contentHash(photo)))
        #expect(try await client.byteCount(of: key) == photo.count)
        client.stop()
    }

    /// Three days from now, of a store that bears being asked from there.
    @Test(
        .enabled(if: StoreEngine.swift != nil, "needs OpenStack Swift"),
        .disabled(if: Edge.isSanitized))
    func aSweepDeletesWhatNoImageNames() async throws {
        let site = try StoreSite(try #require(StoreEngine.swift))
        let edge = try site.start()
        let photo = try Photos.small(1)
        let kept = try (0..<99).map { try edge.upload(photo + [UInt8($0)]) }
        let client = try site.client()
        defer { client.stop() }
        let orphans = try (1...2).map { number in
            let bytes = photo + [UInt8](repeating: 0, count: number + 1)
            let path = site.folder.path("orphan")
            try Data(bytes).write(to: URL(filePath: path))
            let file = try Files.open(path, flags: O_RDONLY)
            return (
                hash: try #require(ContentHash(hex: contentHash(bytes))),
                file: SharedDescriptor(file), count: bytes.count
            )
        }
        let faults = try Faults()
        try faults.jump(seconds: 3 * 86_400)
        let sweep = ["originals", "sweep", "--delete"]
        for orphan in orphans {
            _ = try await client.put(
                orphan.hash, from: orphan.file, byteCount: orphan.count, fields: [])
        }
        // Two of 101 are more than an index that is whole would make of them.
        let refused = try Self.pollex(sweep, at: site, faults.environment)
        #expect(refused.status == 1 && refused.text.contains("2 orphans"), "\(refused.text)")
        for orphan in orphans {
            #expect(try await client.byteCount(of: orphan.hash) == orphan.count)
        }
        try await client.delete(orphans[1].hash)
        let swept = try Self.pollex(sweep, at: site, faults.environment)
        #expect(swept.status == 0, "\(swept.text)")
        #expect(swept.text.contains("orphan \(orphans[0].hash.hex)"))
        #expect(try await client.byteCount(of: orphans[0].hash) == nil)
        for hash in kept {
            #expect(try edge.ask("HEAD", "/originals/\(hash)").status == 200)
            let hash = try #require(ContentHash(hex: hash))
            #expect(try await client.byteCount(of: hash) == photo.count + 1)
        }
    }

    /// A site whose originals are files.
    private func withKnownFiles(
        of photos: [[UInt8]], at site: StoreSite, _ body: (Edge) throws -> Void
    ) async throws {
        let edge = try Edge(folder: site.folder)
        for photo in photos { try edge.upload(photo) }
        try body(edge)
        #expect(edge.stop() == 0)
    }

    @Test func withoutABucketTheyAreRefused() throws {
        let scratch = try Scratch()
        let done = try run(
            Edge.products.appending(path: "pollex").path,
            ["originals", "sweep", "--data", scratch.path])
        #expect(done.status == 2)
        #expect(String(decoding: done.output, as: UTF8.self).contains("there is no bucket"))
    }
}
