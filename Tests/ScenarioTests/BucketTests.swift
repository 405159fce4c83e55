import Foundation
import TestSupport
import Testing

/// Pictures out of buckets of others, by the events of their store.
@Suite(.serialized, .enabled(if: StoreEngine.ceph != nil)) struct BucketTests {
    static let secret = "k3-secret-in-the-path"
    /// Objects; `EVENT_OBJECTS=500` for the long form.
    private static let crowd =
        ProcessInfo.processInfo.environment["EVENT_OBJECTS"].flatMap { Int($0) } ?? 60

    private let bucket: ForeignBucket

    init() throws { bucket = try ForeignBucket(try #require(StoreEngine.ceph)) }

    private func start(
        _ more: String = "", settings: [String: String] = [:], folder: Scratch? = nil
    ) throws -> Edge {
        let own = ["BUCKETS": "[\(bucket.setting(more))]", "EVENTS_S3_SECRET": Self.secret]
        return try Edge(folder: folder, settings: own.merging(settings) { $1 })
    }

    private static func url(of edge: Edge) -> String {
        "http://127.0.0.1:\(edge.port)/events/s3/\(secret)"
    }

    private func send(_ event: [UInt8], to edge: Edge) throws {
        let answer = try edge.ask("POST", "/events/s3/\(Self.secret)", body: event)
        #expect(answer.status == 200, "\(answer)")
    }

    private static func objects(_ result: String, of edge: Edge) throws -> Double {
        try edge.metrics()["pollex_bucket_objects_total{result=\"\(result)\"}"] ?? 0
    }

    private static func isKnown(_ hash: String, to edge: Edge) throws -> Bool {
        try edge.waits { try edge.ask("/images/\(hash)").status == 200 }
    }

    @Test func whatIsPutIntoABucketIsAnImageWithItsOwnerAndTags() throws {
        let edge = try start("tags: ['s3'], rules: [{prefix: 'users/<owner>/<tag>/'}]")
        try bucket.notify(Self.url(of: edge))
        let photo = try Photos.small(1)
        let key = "users/42/cats/holiday photo é+1.jpg"
        try bucket.put(key, photo)
        let hash = contentHash(photo)
        #expect(try Self.isKnown(hash, to: edge))
        let image = try edge.ask("/images/\(hash)").object
        #expect(image["name"] as? String == key && image["owner"] as? String == "42")
        #expect(image["tags"] as? [String] == ["s3", "cats"])
        #expect(try edge.ask("/thumbs/100x/\(hash).jpg").status == 200)
        #expect(try Self.objects("created", of: edge) == 1)
        // The same again is asked for, and not fetched.
        try send(try bucket.event([key]), to: edge)
        #expect(try edge.waits { try Self.objects("unchanged", of: edge) == 1 })
    }

    @Test func aBrokenPictureIsAFailureWithItsKey() throws {
        let receiver = try EventReceiver.webhook()
        let edge = try start(
            settings: ["NOTIFICATIONS_WEBHOOKS": "[\(receiver.setting(events: ["image.failed"]))]"])
        try bucket.put("broken.jpg", Array("no picture".utf8))
        try send(try bucket.event(["broken.jpg", "nothing.jpg"]), to: edge)
        let attempt = try #require(receiver.attempt { $0.type == "image.failed" })
        #expect(attempt.text.contains("broken.jpg"))
        #expect(edge.event("bucket-object-failed")?["key"] as? String == "broken.jpg")
        let refusals = try #require(
            try edge.ask("/refusals").object["refusals"] as? [[String: Any]])
        #expect(refusals.first?["name"] as? String == "broken.jpg")
        #expect(try edge.waits { try Self.objects("absent", of: edge) == 1 })
        // It is not fetched again before it changes.
        try send(try bucket.event(["broken.jpg"]), to: edge)
        #expect(try edge.waits { try Self.objects("unchanged", of: edge) == 1 })
    }

    @Test func whatGoesFromTheBucketGoesHereWhereThatIsConfigured() throws {
        let edge = try start("owner: 'raw', deletes: true")
        try bucket.notify(Self.url(of: edge))
        let (first, second) = (try Photos.small(1), try Photos.small(2))
        let hashes = [contentHash(first), contentHash(second)]
        try bucket.put("a.jpg", first)
        try bucket.put("copy.jpg", first)
        try bucket.put("b.jpg", second)
        #expect(
            try edge.waits {
                try Self.objects("created", of: edge) + Self.objects("known", of: edge) == 3
            })
        try bucket.delete("a.jpg")
        #expect(try edge.waits { try Self.objects("absent", of: edge) == 1 })
        // Another object has it still.
        #expect(try edge.ask("/images/\(hashes[0])").status == 200)
        try bucket.put("copy.jpg", second)
        #expect(try edge.waits { try edge.ask("/images/\(hashes[0])").status == 410 })
        try bucket.delete("copy.jpg")
        try bucket.delete("b.jpg")
        #expect(try edge.waits { try edge.ask("/images/\(hashes[1])").status == 410 })
        // A word of somebody, of what is there, deletes nothing.
        try bucket.put("c.jpg", first)
        #expect(try edge.waits { try edge.ask("/images/\(hashes[0])").status == 200 })
        try send(try bucket.event(["c.jpg"], name: "ObjectRemoved:Delete"), to: edge)
        #expect(try edge.waits { try Self.objects("unchanged", of: edge) >= 1 })
        #expect(try edge.ask("/images/\(hashes[0])").status == 200)
    }

    /// Each event twice, in any order, with other numbers each time, by several senders at once, to
    /// a place that answers 500 at first; while the bucket answers 503; and the edge is killed in
    /// between. Every object is there once.
    @Test func aCrowdOfEventsComesToTheSameEnd() throws {
        let objects = try (0..<Self.crowd).map { ("crowd/\($0).jpg", try Photos.small($0)) }
        let names = Set(objects.map(\.0))
        try bucket.putAll(objects)
        let events = try (Array(names) + Array(names)).shuffled().map { try bucket.event([$0]) }
        let store = try StoreRelay(to: bucket.engine.endpoint)
        try store.harm(by: .status(503))
        let setting = bucket.setting().replacing(bucket.engine.endpoint, with: store.endpoint)
        let settings = ["BUCKETS": "[\(setting)]", "EVENTS_S3_SECRET": Self.secret]
        let folder = try Scratch()
        var edge = try Edge(folder: folder, settings: settings)
        let port = edge.port
        let front = try StoreRelay(to: "http://127.0.0.1:\(port)")
        try front.harm(by: .status(500))
        let senders = EventSenders(
            events, to: front.port, target: "/events/s3/\(Self.secret)", count: 8)
        defer { senders.stop() }
        #expect(edge.waits { senders.failures > 8 })
        try front.harm(by: .none)
        #expect(edge.waits { senders.leftCount < events.count / 2 })
        edge.kill()
        edge = try Edge(folder: folder, listen: "127.0.0.1:\(port)", settings: settings)
        #expect(edge.waits { senders.leftCount == 0 })
        #expect(try edge.total("pollex_bucket_objects_waiting") > 0)
        try store.harm(by: .none)
        #expect(try edge.waits { try edge.total("pollex_bucket_objects_waiting") == 0 })
        #expect(try edge.waits { try Set(edge.imageNames()) == names })
        #expect(try edge.total("pollex_images") == Double(names.count))
    }

    /// What Ceph keeps while nobody answers it comes when somebody does.
    @Test func eventsThatNobodyTookAtFirstComeLater() throws {
        let folder = try Scratch()
        var edge = try start(folder: folder)
        let port = edge.port
        try bucket.notify(Self.url(of: edge), isPersistent: true)
        edge.kill()
        let objects = try (0..<10).map { ("late/\($0).jpg", try Photos.small($0)) }
        try bucket.putAll(objects)
        edge = try Edge(
            folder: folder, listen: "127.0.0.1:\(port)",
            settings: ["BUCKETS": "[\(bucket.setting())]", "EVENTS_S3_SECRET": Self.secret])
        #expect(try edge.waits { try Set(edge.imageNames()) == Set(objects.map(\.0)) })
        #expect(try edge.waits { try edge.total("pollex_bucket_objects_waiting") == 0 })
    }

    @Test func nobodyElsesWordIsTakenAndNoLogShowsTheSecret() throws {
        let edge = try start("prefix: 'in/'")
        try bucket.put("out.jpg", try Photos.small(1))
        let event = try bucket.event(["out.jpg"])
        for secret in ["k3-secret-in-the-patX", "", "\(Self.secret)/", "x/\(Self.secret)"] {
            try edge.ask("POST", "/events/s3/\(secret)", body: event).expectProblem(404)
        }
        #expect(try edge.ask("HEAD", "/events/s3/\(Self.secret)").status == 200)
        #expect(try edge.ask("HEAD", "/events/s3/wrong-wrong-wrong").status == 404)
        try send(event, to: edge)
        try send(
            Array(String(decoding: event, as: UTF8.self).replacing("raw-", with: "no-").utf8),
            to: edge)
        try edge.ask("POST", "/events/s3/\(Self.secret)", body: Array("x".utf8)).expectProblem(400)
        let ignored = try edge.metrics()["pollex_bucket_events_total{result=\"ignored\"}"]
        #expect(ignored == 2)
        #expect(try edge.total("pollex_bucket_objects_waiting") == 0)
        let long = [UInt8](repeating: 0x20, count: (1 << 20) + 1)
        try edge.ask("POST", "/events/s3/\(Self.secret)", body: long).expectProblem(413)
        try edge.ask("GET", "//events/s3/\(Self.secret)").expectProblem(404)
        try edge.ask("GET", "/%65vents%2Fs3%2F\(Self.secret)?a=b").expectProblem(404)
        let answers = try [
            edge.ask("POST", "/events/s3/\(Self.secret)", body: Array("x".utf8)),
            edge.ask("DELETE", "/events/s3/\(Self.secret)"),
        ].map(\.text)
        #expect(edge.accessLine { $0.contains("\"status\":405") } != nil)
        #expect(answers.allSatisfy { !$0.contains(Self.secret) })
        #expect(try !edge.ask("GET", "/metrics", admin: true).text.contains(Self.secret))
        #expect(edge.stop() == 0)
        #expect(edge.output.contains("/events/s3/") && !edge.output.contains(Self.secret))
    }

    @Test func aStoreThatIsAwayIsAskedAgain() throws {
        let relay = try StoreRelay(to: bucket.engine.endpoint)
        let setting = bucket.setting().replacing(bucket.engine.endpoint, with: relay.endpoint)
        let edge = try Edge(
            settings: ["BUCKETS": "[\(setting)]", "EVENTS_S3_SECRET": Self.secret])
        let photo = try Photos.small(1)
        try bucket.put("a.jpg", photo)
        try relay.harm(by: .status(503))
        try send(try bucket.event(["a.jpg"]), to: edge)
        #expect(edge.event("bucket-object-deferred") != nil)
        try relay.harm(by: .none)
        #expect(try Self.isKnown(contentHash(photo), to: edge))
    }

    /// A bucket that is away costs one look at a time, and one line, however much waits in it; and
    /// another bucket goes on.
    @Test func aBucketThatIsAwayIsLeftAloneAndOneLineSaysSo() throws {
        let relay = try StoreRelay(to: bucket.engine.endpoint)
        let other = try ForeignBucket(bucket.engine)
        let setting = bucket.setting().replacing(bucket.engine.endpoint, with: relay.endpoint)
        let edge = try Edge(
            settings: [
                "BUCKETS": "[\(setting), \(other.setting())]", "EVENTS_S3_SECRET": Self.secret,
            ])
        let objects = try (0..<60).map { ("\($0).jpg", try Photos.small($0)) }
        try bucket.putAll(objects)
        try relay.harm(by: .status(503))
        try send(try bucket.event(objects.map(\.0)), to: edge)
        #expect(edge.event("bucket-away") != nil)
        #expect(try edge.reaches("pollex_buckets_failing{use=\"watched\"}", 1))
        let photo = try Photos.small(100)
        try other.put("other.jpg", photo)
        try send(try other.event(["other.jpg"]), to: edge)
        #expect(try Self.isKnown(contentHash(photo), to: edge))
        try relay.harm(by: .none)
        #expect(try edge.waits { try edge.total("pollex_bucket_objects_waiting") == 0 })
        #expect(try edge.total("pollex_images") == 61)
        let deferred = try Self.objects("deferred", of: edge)
        #expect((1...20).contains(deferred), "\(deferred): two in hand, then one at a time")
        #expect(edge.event("bucket-resumed") != nil)
        #expect(try edge.reaches("pollex_buckets_failing{use=\"watched\"}", 0))
        #expect(
            edge.events("bucket-object-deferred").count == edge.events("bucket-resumed").count)
    }

    /// An image that is deleted here stays so whatever is told of its object again, and comes back
    /// when the object is put again, though it has the same bytes.
    @Test func whatIsDeletedHereComesBackWhenItIsPutAgain() throws {
        let edge = try start()
        let (photo, event) = (try Photos.small(1), try bucket.event(["a.jpg"]))
        let path = "/images/\(contentHash(photo))"
        try bucket.put("a.jpg", photo)
        let first = try bucket.fields("a.jpg")["last-modified"]
        try send(event, to: edge)
        #expect(try Self.isKnown(contentHash(photo), to: edge))
        #expect(try edge.ask("DELETE", path).status == 200)
        try send(event, to: edge)
        #expect(try edge.waits { try Self.objects("unchanged", of: edge) == 1 })
        #expect(try edge.ask(path).status == 410)
        // The store tells seconds.
        #expect(
            try edge.waits {
                try bucket.put("a.jpg", photo)
                return try bucket.fields("a.jpg")["last-modified"] != first
            })
        try send(event, to: edge)
        #expect(try Self.isKnown(contentHash(photo), to: edge))
        // Blocked bytes do not.
        #expect(try edge.ask("DELETE", path + "?block=1").status == 200)
        try send(event, to: edge)
        #expect(try edge.waits { try Self.objects("unchanged", of: edge) == 2 })
        #expect(try edge.ask(path).status == 451)
    }

    /// What the machine may have had a part in is no verdict on the picture.
    @Test func aRefusalThatMayPassIsTriedAgain() throws {
        let edge = try start(settings: Edge.oneWorkerWithoutDeadlines)
        let photo = try Photos.small(1)
        try bucket.put("a.jpg", photo)
        #expect(try edge.reaches("pollex_workers{state=\"starting\"}", 0))
        edge.signalWorkers(SIGSTOP)
        try send(try bucket.event(["a.jpg"]), to: edge)
        #expect(edge.waits { edge.busyWorkers == 1 })
        // As the kernel ends what has used up its processor time.
        edge.signalWorkers(SIGXCPU)
        edge.signalWorkers(SIGCONT)
        #expect(edge.event("bucket-object-deferred") != nil)
        #expect(try Self.isKnown(contentHash(photo), to: edge))
        #expect(try Self.objects("failed", of: edge) == 0)
    }

    @Test func withoutASecretThereIsNothing() throws {
        let edge = try Edge(settings: ["BUCKETS": "[\(bucket.setting())]"])
        try edge.ask("POST", "/events/s3/\(Self.secret)", body: Array("{}".utf8)).expectProblem(404)
        try edge.ask("POST", "/events/s3/", body: Array("{}".utf8)).expectProblem(404)
    }
}
