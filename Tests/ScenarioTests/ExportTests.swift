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
        #expect(try edge.waits { try edge.total("pollex_export_events_waiting") == 0 })
        #expect(try processed.fields("a.jpg")["x-amz-meta-original"] == other)
        #expect(try edge.ask("DELETE", "/images/\(other)").status == 200)
        #expect(try edge.waits { try processed.names().isEmpty })
    }

    /// The same bytes under two names are under both, each as long as it has that name.
    @Test func bytesThatAreKnownAreUnderEachOfTheirNames() throws {
        let edge = try Edge(settings: settings(key: "{preset}/{name}", presets: "'web'"))
        try raw.notify("http://127.0.0.1:\(edge.port)/events/s3/\(BucketTests.secret)")
        let (photo, other) = (try Photos.small(1), try Photos.small(2))
        let (hash, otherHash) = (contentHash(photo), contentHash(other))
        try raw.put("a.jpg", photo)
        #expect(try edge.waits { try processed.names() == ["web/a"] })
        try raw.put("b.jpg", photo)
        _ = try edge.ask("POST", "/images?name=c.jpg&owner=raw", body: photo)
        #expect(try edge.waits { try processed.names() == ["web/a", "web/b", "web/c"] })
        // Another owner's entry has a name of its own.
        _ = try edge.ask("POST", "/images?name=d.jpg&owner=ann", body: photo)
        #expect(try edge.waits { try processed.names().contains("web/d") })
        // One name is another image's now, and goes back.
        try raw.put("b.jpg", other)
        #expect(try edge.waits { try original("web/b") == otherHash })
        try raw.put("b.jpg", photo)
        #expect(try edge.waits { try original("web/b") == hash })
        try raw.delete("a.jpg")
        #expect(try edge.waits { try processed.names() == ["web/b", "web/c", "web/d"] })
        // What it is called is not gone with the first of its names.
        #expect(
            try edge.waits {
                let image = try edge.ask("/images/\(hash)").object
                return image["name"] as? String == "c.jpg"
            })
        // A name that is changed takes its object along.
        let patch = Array(#"{"name": "e.jpg"}"#.utf8)
        _ = try edge.ask(
            "PATCH", "/images/\(hash)", ["Content-Type: application/json"], body: patch)
        #expect(try edge.waits { try processed.names() == ["web/b", "web/d", "web/e"] })
        _ = try edge.ask("DELETE", "/images/\(hash)")
        #expect(try edge.waits { try processed.names().isEmpty })
    }

    private func original(_ key: String) throws -> String? {
        try processed.fields(key)["x-amz-meta-original"]
    }

    /// Until the relay does no more harm.
    private func edgeWhoseBucketIsAway() throws -> (Edge, StoreRelay) {
        let relay = try StoreRelay(to: engine.endpoint)
        let away = processed.setting("watch: false")
            .replacing(engine.endpoint, with: relay.endpoint)
        let edge = try Edge(
            settings: settings(key: "{name}", presets: "'web'", processed: away))
        try relay.harm(by: .status(503))
        return (edge, relay)
    }

    /// What is tried again after a while comes behind what got the name meanwhile.
    @Test func anOlderImageTakesNoNameFromANewerOne() throws {
        let (edge, relay) = try edgeWhoseBucketIsAway()
        let (older, newer) = (try Photos.small(1), try Photos.small(2))
        _ = try edge.ask("POST", "/images?name=a.jpg", body: older)
        #expect(edge.event("export-deferred") != nil)
        _ = try edge.ask("POST", "/images?name=a.jpg", body: newer)
        #expect(
            try edge.waits {
                try edge.ask("/images/\(contentHash(newer))").object["status"] as? String
                    == "ready"
            })
        try relay.harm(by: .none)
        #expect(try edge.waits { try edge.total("pollex_export_events_waiting") == 0 })
        #expect(try original("a") == contentHash(newer))
    }

    /// A bucket that is away costs one attempt at a time, and one line, however much waits.
    @Test func aBucketThatIsAwayIsLeftAloneAndOneLineSaysSo() throws {
        let (edge, relay) = try edgeWhoseBucketIsAway()
        for number in 0..<60 {
            _ = try edge.ask("POST", "/images?name=\(number).jpg", body: try Photos.small(number))
        }
        #expect(try edge.waits { try edge.total("pollex_eager_pending") == 0 })
        #expect(edge.event("bucket-away") != nil)
        try relay.harm(by: .none)
        #expect(try edge.waits { try edge.total("pollex_export_events_waiting") == 0 })
        #expect(try processed.names().count == 60)
        #expect(edge.event("export-resumed") != nil)
        let retried = try #require(
            try edge.metrics()["pollex_export_renditions_total{result=\"retried\"}"])
        #expect(retried <= 40, "16 in hand, and one at a time after them")
        #expect(edge.events("export-deferred").count == edge.events("export-resumed").count)
    }

    /// Whatever edge puts and whatever edge deletes: what was deleted is not there.
    @Test(.enabled(if: DatabaseEngine.shared != nil))
    func aDeletionThatMeetsAnExportComesBehindIt() throws {
        let relay = try StoreRelay(to: engine.endpoint)
        let relayed = processed.setting("watch: false")
            .replacing(engine.endpoint, with: relay.endpoint)
        let site = try SharedIndexSite(edges: 2, originals: engine)
        let edges = try site.start(
            settings(key: "{name}", presets: "'web'", processed: relayed))
        try relay.harm(by: .heldPuts)
        let photo = try Photos.small(1)
        _ = try edges[0].ask("POST", "/images?name=a.jpg", body: photo)
        #expect(edges[0].waits { relay.requests.contains("PUT") })
        #expect(try edges[1].ask("DELETE", "/images/\(contentHash(photo))").status == 200)
        try relay.harm(by: .none)
        let results = ["put", "retried"].map { "pollex_export_renditions_total{result=\"\($0)\"}" }
        #expect(
            try edges[0].waits {
                try edges.contains { edge in
                    let metrics = try edge.metrics()
                    return results.contains { metrics[$0] ?? 0 > 0 }
                }
            })
        #expect(try edges[0].waits { try processed.names().isEmpty })
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
