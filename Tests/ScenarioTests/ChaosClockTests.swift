import Foundation
import TestSupport
import Testing

/// A wall clock that jumps: what waits, waits by another one.
@Suite(.serialized, .disabled(if: Edge.isSanitized, "the sanitizers are in the same calls"))
struct ChaosClockTests {
    static let years: Int64 = 3 * 365 * 86_400

    @Test(arguments: [years, -years])
    func aJumpEndsNoWaitAndLosesNoAnswer(seconds: Int64) throws {
        let faults = try Faults()
        let edge = try Edge(
            settings: [
                "LIMITS_IDLE_SECONDS": "60", "LIMITS_JOB_SECONDS": "60",
                "LIMITS_BODY_GRACE_SECONDS": "60",
            ], faults: faults)
        let hash = try edge.upload(try Photos.one())
        let target = "/thumbs/80x/\(hash).jpg"
        #expect(try edge.ask(target).status == 200)
        let idle = try edge.connection()
        let waiter = try edge.connection()
        let uploader = try edge.connection()
        let photo = try Photos.small(1)
        try uploader.send(Edge.head("POST", "/images", bodyCount: photo.count))
        try uploader.send(Array(photo.prefix(100)))
        try waiter.send(Edge.head("GET", "/optimized/\(hash).avif"))
        #expect(edge.waits { edge.busyWorkers > 0 })
        try faults.jump(seconds: seconds)
        #expect(try waiter.readAnswer().status == 200)
        try uploader.send(Array(photo.dropFirst(100)))
        #expect(try uploader.readAnswer().status == 201)
        try idle.send(Edge.head("GET", target))
        let hit = try idle.readAnswer()
        #expect(hit.isHit)
        // Its date is the wall's, and one that clients understand.
        let expected = Date(timeIntervalSinceNow: Double(seconds))
        let date = try #require(hit["date"].flatMap { Self.format.date(from: $0) })
        #expect(abs(date.timeIntervalSince(expected)) < 300)
        #expect(try edge.becomesReady())
    }

    /// An answer's `Last-Modified` is never later than its date, also of what came in and was made
    /// while the clock was ahead.
    @Test func nothingIsOlderThanItsAnswer() throws {
        let faults = try Faults()
        let edge = try Edge(faults: faults)
        try faults.jump(seconds: Self.years)
        let hash = try edge.upload(try Photos.one())
        let made = "/thumbs/80x/\(hash).jpg"
        #expect(try edge.ask(made).status == 200)
        try faults.jump(seconds: 0)
        for (target, fields) in [
            (made, []), (made, ["Range: bytes=0-9"]), (made, ["Range: bytes=0-1, 5-6"]),
            ("/thumbs/81x/\(hash).jpg", []), ("/thumbs/81x/\(hash).jpg", []),
            ("/originals/\(hash)", []),
        ] {
            let answer = try edge.ask("GET", target, fields)
            let date = try #require(answer["date"].flatMap { Self.format.date(from: $0) })
            let modified = try #require(
                answer["last-modified"].flatMap { Self.format.date(from: $0) })
            #expect(answer.status < 300 && modified <= date, "\(answer)")
            let now = try #require(answer["date"])
            #expect(try edge.ask("GET", target, ["If-Unmodified-Since: \(now)"]).status == 200)
        }
    }

    /// Whatever the order of the times that uploads were given, a walk meets each once.
    @Test func cursorsStayStableWhileTheClockJumps() throws {
        let faults = try Faults()
        let edge = try Edge(faults: faults)
        var expected: Set<String> = []
        for (number, seconds) in [0, -86_400, 86_400, -Self.years, Self.years, 0].enumerated() {
            try faults.jump(seconds: seconds)
            expected.insert(try edge.upload(try Photos.small(number)))
        }
        var met: [String] = []
        var target = "/images?limit=2"
        while true {
            // And on.
            try faults.jump(seconds: met.count.isMultiple(of: 4) ? -Self.years : Self.years)
            let page = try edge.ask(target).object
            for image in page["images"] as? [[String: Any]] ?? [] {
                met.append(try #require(image["hash"] as? String))
            }
            guard let next = page["next"] as? String else { break }
            target = "/images?limit=2&cursor=\(next)"
        }
        #expect(met.count == expected.count && Set(met) == expected)
    }

    private static let format = {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return format
    }()
}
