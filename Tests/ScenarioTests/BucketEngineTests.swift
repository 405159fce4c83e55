import Foundation
import TestSupport
import Testing

/// What holds of buckets in every store there is; their events are sent by hand.
@Suite(.serialized) struct BucketEngineTests {
    @Test(arguments: StoreEngine.all)
    func objectsComeAndGoAndCanBeImported(engine: StoreEngine) throws {
        let bucket = try ForeignBucket(engine)
        let settings = [
            "BUCKETS": "[\(bucket.setting("owner: 'raw', deletes: true"))]",
            "EVENTS_S3_SECRET": BucketTests.secret,
        ]
        let edge = try Edge(settings: settings)
        let target = "/events/s3/\(BucketTests.secret)"
        let photos = try (1...3).map { try Photos.small($0) }
        let keys = ["a/one + é.jpg", "a//two/../%41.jpg", "three.jpg"]
        try bucket.putAll(Array(zip(keys, photos)).map { ($0, $1) })
        let event = try bucket.event(keys)
        #expect(try edge.ask("POST", target, body: event).status == 200)
        for (key, photo) in zip(keys, photos) {
            let path = "/images/\(contentHash(photo))"
            #expect(try edge.waits { try edge.ask(path).object["name"] as? String == key })
        }
        #expect(try edge.ask("POST", target, body: event).status == 200)
        let unchanged = "pollex_bucket_objects_total{result=\"unchanged\"}"
        #expect(try edge.waits { try edge.metrics()[unchanged] == 3 })
        try bucket.delete(keys[0])
        #expect(try edge.ask("POST", target, body: event).status == 200)
        #expect(
            try edge.waits { try edge.ask("/images/\(contentHash(photos[0]))").status == 410 })
        #expect(try edge.ask("/images/\(contentHash(photos[1]))").status == 200)

        let other = try Edge()
        let file = try Scratch()
        try file.write(Array("{buckets: [\(bucket.setting())]}".utf8), to: "pollex.json5")
        let done = try run(
            Edge.products.appending(path: "pollex").path,
            [
                "import", "s3://\(bucket.name)/a/", "--to", "http://127.0.0.1:\(other.port)",
                "--config", file.path("pollex.json5"), "--notes", file.path("notes"),
            ])
        let text = String(decoding: done.output, as: UTF8.self)
        #expect(done.status == 0 && text.contains("1 objects: 1 are new"), "\(text)")
        let image = try other.ask("/images/\(contentHash(photos[1]))").object
        #expect(image["name"] as? String == keys[1])
    }
}
