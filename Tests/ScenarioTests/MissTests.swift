import Foundation
import Testing

/// What a miss costs, and who pays.
@Suite struct MissTests {
    @Test func tenSizesAtOnceAreOneDecode() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        let before = try edge.decodes()
        let connections = try (1...10).map { size in
            let connection = try edge.connection()
            try connection.send(Edge.head("GET", "/thumbs/\(size * 100)x/\(hash).jpg"))
            return connection
        }
        let answers = try connections.map { try $0.readAnswer() }
        #expect(answers.allSatisfy { $0.status == 200 })
        #expect(try edge.decodes() == before + 1)
        // Soon after, further sizes are made of what the worker still holds.
        #expect(try edge.ask("/thumbs/150x/\(hash).webp").status == 200)
        #expect(try edge.decodes() <= before + 2)
    }

    @Test func aCutOffUploadIsRefusedAtOnce() throws {
        let edge = try Edge()
        let photo = try Photos.one()
        let answer = try edge.ask(
            "POST", "/images", ["Content-Type: image/jpeg"], body: Array(photo.dropLast(2000)))
        #expect(answer.status == 422, "\(answer)")
    }

    /// Whether a master is there or has to be made again, and after a restart: the same bytes, and
    /// one decode of the original at most.
    @Test func aMissingMasterIsMadeFirstAndChangesNothing() throws {
        let folder = try DataFolder()
        var edge = try Edge(folder: folder, settings: ["WORKERS": "1"])
        let hash = try edge.upload(try Photos.one())
        let master = "pollex_decodes_total{source=\"master\"}"
        let original = "pollex_decodes_total{source=\"original\"}"
        #expect(try edge.metrics()[original] == 1)
        let first = try edge.ask("/thumbs/320x/\(hash).jpg")
        #expect(first.status == 200)
        #expect(try edge.metrics()[master] == 1 && edge.metrics()[original] == 1)
        #expect(edge.stop() == 0)
        for lost in ["/masters", "/cache"] {
            try FileManager.default.removeItem(atPath: folder.path + lost)
        }
        edge = try Edge(folder: folder, settings: ["WORKERS": "1"])
        let again = try edge.ask("/thumbs/320x/\(hash).jpg")
        #expect(
            again.status == 200 && again.content == first.content && again["etag"] == first["etag"])
        #expect(try edge.metrics()[original] == 1 && edge.metrics()[master] == 0)
        // Another original in between, so that the worker that held this one may not.
        let other = try edge.upload(try Photos.small(1))
        #expect(try edge.ask("/thumbs/30x/\(other).jpg").status == 200)
        let decoded = try edge.metrics()[original]
        #expect(try edge.ask("/thumbs/321x/\(hash).jpg").status == 200)
        #expect(try edge.metrics()[original] == decoded)
    }

    @Test func aHundredClientsThatHangUpLeaveNoWork() throws {
        let edge = try Edge(settings: ["WORKERS": "1"])
        let hash = try edge.upload(try Photos.one())
        let connections = try (0..<100).map { number in
            let connection = try edge.connection()
            try connection.send(
                Edge.head("GET", "/optimized/\(hash).avif?quality=\(number / 2 + 10)"))
            return connection
        }
        // Answered after the others were read: they all stand in the queue, or run, by now.
        #expect(try edge.ask("HEAD", "/originals/\(hash)").status == 200)
        for connection in connections { connection.reset() }
        let begun = ContinuousClock.now
        #expect(try edge.ask("/thumbs/100x/\(hash).jpg").status == 200)
        let waited = ContinuousClock.now - begun
        // Fifty jobs of a second or more each would still be in the way.
        #expect(waited < .seconds(10), "\(waited)")
        let metrics = try edge.metrics()
        #expect(metrics["pollex_queue_depth{lane=\"large\"}"] == 0)
        // Those that did not fit the queue were refused before.
        let reasons = ["abandoned", "overload"]
        let cancelled = reasons.map { reason in
            metrics["pollex_jobs_cancelled_total{reason=\"\(reason)\"}"] ?? 0
        }
        // Who left before the request was read has no job to cancel.
        #expect(cancelled.reduce(0, +) >= 1)
    }

    @Test func aDearFormatThatWouldBeLateIsPutOff() throws {
        let edge = try Edge(settings: ["WORKERS": "1"])
        let hash = try edge.upload(try Photos.one())
        let accept = "Accept: image/avif,image/webp"
        let large = try edge.upload(Photos.pillow("jpeg", mode: "RGB", size: (5000, 3500)))
        func ask(_ hash: String, quality: Int) throws -> Connection {
            let connection = try edge.connection()
            try connection.send(Edge.head("GET", "/optimized/\(hash).avif?quality=\(quality)"))
            return connection
        }
        // One runs for seconds before the others come.
        var queue = [try ask(large, quality: 90)]
        #expect(try edge.reaches("pollex_workers{state=\"busy\"}", 1))
        for quality in 10..<21 { queue.append(try ask(hash, quality: quality)) }
        #expect(try edge.reaches("pollex_queue_depth{lane=\"large\"}", 11))
        let hurried = try edge.connection()
        try hurried.send(Edge.head("GET", "/optimized/\(hash)", [accept]))
        #expect(try edge.ask("HEAD", "/originals/\(hash)").status == 200)
        for connection in queue { connection.reset() }
        let answer = try hurried.readAnswer()
        #expect(answer.status == 200 && answer["content-type"] == "image/webp", "\(answer)")
        #expect(answer["cache-control"] == "public, max-age=30")
        #expect(answer["vary"] == "Accept")
        // The same URL upgrades once there was time.
        var later = try edge.ask("GET", "/optimized/\(hash)", [accept])
        for _ in 0..<20 where later["content-type"] != "image/avif" {
            later = try edge.ask("GET", "/optimized/\(hash)", [accept])
        }
        #expect(later["content-type"] == "image/avif")
        #expect(later["cache-control"] == "public, max-age=31536000, immutable")
    }
}
