import Foundation
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

    private static func pollex(_ words: [String], at site: StoreSite) throws -> Done {
        let settings = site.engine.settings(prefix: site.prefix)
            .map { "POLLEX_\($0.key)=\($0.value)" }
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
