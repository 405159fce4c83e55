import Foundation
import TestSupport
import Testing

/// What is made of images goes into a bucket of others.
@Suite(.serialized, .enabled(if: StoreEngine.ceph != nil)) struct ExportTests {
    private static let presets = """
        {thumb: {size: '60x60', options: 'fit=cover', eager: true},
         web: {size: '200x', eager: true}}
        """

    private let engine: StoreEngine
    private let raw: ForeignBucket
    private let processed: ForeignBucket

    init() throws {
        engine = try #require(StoreEngine.ceph)
        (raw, processed) = (try ForeignBucket(engine), try ForeignBucket(engine))
    }

    private func settings(
        key: String = "thumbs/{preset}/{name}.{extension}", presets: String = "'thumb', 'web'",
        watch: String = "watch: false", processed setting: String? = nil
    ) -> [String: String] {
        let watched = raw.setting("owner: 'raw', deletes: true")
        return [
            "PRESETS": Self.presets,
            "BUCKETS":
                "[\(watched), \(setting ?? processed.setting(watch))]",
            "EVENTS_S3_SECRET": BucketTests.secret,
            "EXPORT": "[{bucket: '\(processed.name)', key: '\(key)', presets: [\(presets)]}]",
        ]
    }

    /// The seeds' chain: put into one bucket by a foreign client, sent as an event, made, put into
    /// the other one, served; and gone from there with the original.
    @Test func whatIsPutIntoOneBucketIsInTheOtherAndServed() throws {
        let edge = try Edge(settings: settings())
        try raw.notify("http://127.0.0.1:\(edge.port)/events/s3/\(BucketTests.secret)")
        let photo = try Photos.small(1)
        let hash = contentHash(photo)
        let began = ContinuousClock.now
        try raw.put("users/42/flower é.jpg", photo)
        let key = "thumbs/web/users/42/flower é.jpg"
        #expect(try edge.waits { try processed.get(key) != nil })
        print("put into raw, in processed and served after \(ContinuousClock.now - began)")
        let served = try edge.ask("GET", "/thumbs/200x/\(hash)", ["Accept: image/jpeg"])
        #expect(served["cache-status"]?.contains("hit") == true)
        #expect(try processed.get(key) == served.content)
        let webp = try edge.ask("/thumbs/200x/\(hash).webp")
        #expect(
            try edge.waits {
                try processed.get("thumbs/web/users/42/flower é.webp") == webp.content
            })
        #expect(try edge.waits { try processed.get("thumbs/thumb/users/42/flower é.jpg") != nil })
        let fields = try processed.fields(key)
        #expect(fields["x-amz-meta-original"] == hash && fields["content-type"] == "image/jpeg")
        #expect(fields["cache-control"] == "public, max-age=3600")
        try raw.delete("users/42/flower é.jpg")
        #expect(try edge.waits { try processed.names().isEmpty })
        #expect(try edge.ask("/images/\(hash)").status == 410)
    }

    /// Uploads too, and nothing is lost by a crash or a store that is away; what another image has
    /// put under the same name stays when the first one goes.
    @Test func nothingIsLostByACrashAndAnothersObjectStays() throws {
        let relay = try StoreRelay(to: engine.endpoint)
        let away = processed.setting("watch: false")
            .replacing(engine.endpoint, with: relay.endpoint)
        let all = settings(key: "{name}.{extension}", presets: "'web'", processed: away)
        let folder = try Scratch()
        var edge = try Edge(folder: folder, settings: all)
        try relay.harm(by: .status(503))
        let (first, second) = (try Photos.small(1), try Photos.small(2))
        let hash = contentHash(first)
        _ = try edge.ask("POST", "/images?name=a.jpg", body: first)
        #expect(edge.event("export-deferred") != nil)
        edge.kill()
        try relay.harm(by: .none)
        edge = try Edge(folder: folder, settings: all)
        #expect(try edge.waits { try processed.fields("a.jpg")["x-amz-meta-original"] == hash })
        _ = try edge.ask("POST", "/images?name=a.jpg", body: second)
        let other = contentHash(second)
        #expect(try edge.waits { try processed.fields("a.jpg")["x-amz-meta-original"] == other })
        #expect(try edge.ask("DELETE", "/images/\(hash)").status == 200)
        #expect(try edge.waits { try edge.total("pollex_notifications_pending") == 0 })
        #expect(try processed.fields("a.jpg")["x-amz-meta-original"] == other)
        #expect(try edge.ask("DELETE", "/images/\(other)").status == 200)
        #expect(try edge.waits { try processed.names().isEmpty })
    }

    @Test(arguments: [
        ("thumbs/{name}", "'web'", "watch: true", "taken in again"),
        ("raw/{name}", "'web'", "prefix: 'raw/'", "taken in again"),
        ("{preset}/{name}", "'web'", "prefix: 'raw/'", "taken in again"),
        ("a/{name}", "'nothing'", "watch: false", "no preset nothing"),
        ("a/{name}", "'web', 'thumb'", "watch: false", "presets"),
    ])
    func aLoopIsRefusedAtTheStart(key: String, presets: String, watch: String, reason: String)
        throws
    {
        let error = #expect(throws: Edge.DidNotStart.self) {
            _ = try Edge(settings: settings(key: key, presets: presets, watch: watch))
        }
        #expect(error?.output.contains(reason) == true, "\(error?.output ?? "")")
    }
}
