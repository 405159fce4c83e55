import Foundation
import TestSupport
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
        let folder = try Scratch()
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

    /// The original is read only where more of its pixels are wanted than a master has.
    @Test func aBorderIsFoundOnTheMaster() throws {
        let edge = try Edge(settings: ["WORKERS": "1"])
        let hash = try edge.upload(try Photos.framed())
        let original = "pollex_decodes_total{source=\"original\"}"
        for (width, height, decoded) in [(300, 200, 1.0), (540, 360, 1), (800, 533, 2)] {
            #expect(try edge.ask("/thumbs/\(width)x/\(hash).jpg?trim=20").status == 200)
            #expect(try edge.metrics()[original] == decoded)
            let made = try #require(
                try edge.ask("/images/\(hash)").object["renditions"] as? [[String: Any]])
            #expect(
                made.contains {
                    $0["width"] as? Int == width && abs(($0["height"] as? Int ?? 0) - height) <= 2
                })
        }
        #expect(try edge.metrics()["pollex_decode_rejected_total{reason=\"broken\"}"] == 0)
    }

    @Test func aHundredClientsThatHangUpLeaveNoWork() throws {
        let edge = try Edge(settings: Edge.oneWorkerWithoutDeadlines)
        let hash = try edge.upload(try Photos.one())
        let first = try edge.connection()
        try first.send(Edge.head("GET", "/optimized/\(hash).avif?quality=auto"))
        try edge.stopBusyWorker()
        let connections = try (0..<100).map { number in
            let connection = try edge.connection()
            try connection.send(
                Edge.head("GET", "/optimized/\(hash).avif?quality=\(number / 2 + 10)"))
            return connection
        }
        let (depth, cancelled) = (
            "pollex_queue_depth{lane=\"large\"}", "pollex_jobs_cancelled_total{reason="
        )
        // Each waits, waits with another one, or did not fit the queue.
        var waiting = 0.0
        let haveAllCome = try edge.waits {
            let metrics = try edge.metrics()
            waiting = metrics[depth] ?? 0
            return waiting + (metrics["pollex_coalesced_requests_total"] ?? 0)
                + (metrics["\(cancelled)\"overload\"}"] ?? 0) == 100
        }
        #expect(haveAllCome && waiting > 0)
        for connection in connections { connection.reset() }
        #expect(try edge.reaches(depth, 0))
        first.reset()
        #expect(edge.waits { edge.busyWorkers == 0 })
        #expect(try edge.reaches("\(cancelled)\"abandoned\"}", waiting + 1))
        #expect(try edge.ask("/thumbs/100x/\(hash).jpg").status == 200)
    }

    @Test func aDearFormatThatWouldBeLateIsPutOff() throws {
        let edge = try Edge(settings: Edge.oneWorkerWithoutDeadlines)
        let hash = try edge.upload(try Photos.one())
        let accept = "Accept: image/avif,image/webp"
        func ask(quality: Int) throws -> Connection {
            let connection = try edge.connection()
            try connection.send(
                Edge.head("GET", "/optimized/\(hash).avif?quality=\(quality)&blur=10"))
            return connection
        }
        // One is never done, and others wait for its worker.
        var queue = [try ask(quality: 90)]
        try edge.stopBusyWorker()
        for quality in 10..<21 { queue.append(try ask(quality: quality)) }
        #expect(try edge.reaches("pollex_queue_depth{lane=\"large\"}", 11))
        let hurried = try edge.connection()
        try hurried.send(Edge.head("GET", "/optimized/\(hash)", [accept]))
        #expect(try edge.reaches("pollex_queue_depth{lane=\"background\"}", 1))
        for connection in queue { connection.reset() }
        let answer = try hurried.readAnswer()
        #expect(answer.status == 200 && answer["content-type"] == "image/webp", "\(answer)")
        #expect(answer["cache-control"] == "public, max-age=30")
        #expect(answer["vary"] == "Accept")
        // The same URL upgrades once there was time.
        var later = answer
        #expect(
            try edge.waits(seconds: 300) {
                later = try edge.ask("GET", "/optimized/\(hash)", [accept])
                return later["content-type"] == "image/avif"
            })
        #expect(later["cache-control"] == "public, max-age=31536000, immutable")
    }
}
