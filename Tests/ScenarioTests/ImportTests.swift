import Foundation
import TestSupport
import Testing

/// `pollex import`: what lies in a bucket comes to an edge, each object once.
@Suite(.serialized, .enabled(if: StoreEngine.ceph != nil)) struct ImportTests {
    /// Objects and how often the command is killed; `IMPORT_OBJECTS=10000 IMPORT_KILLS=10` for the
    /// long form.
    private static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }

    private let bucket: ForeignBucket
    private let scratch: Scratch

    init() throws {
        (bucket, scratch) = (try ForeignBucket(try #require(StoreEngine.ceph)), try Scratch())
    }

    private func start(_ edge: Edge, _ more: String = "") throws -> (Process, LineCollector) {
        try scratch.write(Array("{buckets: [\(bucket.setting(more))]}".utf8), to: "pollex.json5")
        let process = Process()
        process.executableURL = Edge.products.appending(path: "pollex")
        process.arguments = [
            "import", "s3://\(bucket.name)", "--to", "http://127.0.0.1:\(edge.port)",
            "--config", scratch.path("pollex.json5"), "--notes", scratch.path("notes"),
        ]
        let lines = LineCollector()
        process.standardError = lines.pipe
        try process.run()
        lines.start()
        return (process, lines)
    }

    private func run(_ edge: Edge, _ more: String = "") throws -> (status: Int32, text: String) {
        let (process, lines) = try start(edge, more)
        process.waitUntilExit()
        let last = lines.await(seconds: 120) { $0.contains("objects:") }
        return (process.terminationStatus, (lines.lines + [last ?? ""]).joined(separator: "\n"))
    }

    @Test func killedAgainAndAgainEachObjectComesOnce() throws {
        let (count, kills) = (Self.number("IMPORT_OBJECTS", 60), Self.number("IMPORT_KILLS", 4))
        let photos = (0..<count).map { number in ("p/\(number).jpg", number) }
        try bucket.putAll(photos.map { ($0.0, try Photos.small($0.1)) })
        let edge = try Edge()
        for kill in 1...kills {
            let (process, _) = try start(edge)
            let some = Double(count * kill / (kills + 1))
            #expect(try edge.waits { try edge.total("pollex_images") >= some })
            _ = Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let done = try run(edge)
        #expect(done.status == 0 && done.text.contains("\(count) objects:"), "\(done.text)")
        #expect(try edge.total("pollex_images") == Double(count))
        #expect(try edge.imageNames().sorted() == photos.map(\.0).sorted())
        let again = try run(edge)
        #expect(again.text.contains("0 are new, 0 were there, \(count) were done before"))
    }

    @Test func whatIsRefusedIsToldAndWhatHasChangedComesAgain() throws {
        try bucket.put("users/ann/a b+é.jpg", try Photos.small(1))
        try bucket.put("broken.jpg", Array("no picture".utf8))
        let edge = try Edge()
        let rules = "tags: ['old'], rules: [{prefix: 'users/<owner>/'}]"
        let first = try run(edge, rules)
        #expect(first.status == 1 && first.text.contains("broken.jpg: 415"), "\(first.text)")
        let image = try edge.ask("/images/\(contentHash(try Photos.small(1)))").object
        #expect(image["name"] as? String == "users/ann/a b+é.jpg")
        #expect(image["owner"] as? String == "ann" && image["tags"] as? [String] == ["old"])
        // Not fetched again before it changes.
        #expect(try run(edge, rules).text.contains("2 were done before"))
        try bucket.put("broken.jpg", try Photos.small(2))
        let third = try run(edge, rules)
        #expect(third.status == 0 && third.text.contains("1 are new, 0 were there, 1 were done"))
        #expect(try edge.total("pollex_images") == 2)
    }

    @Test func notesAreOfOneImport() throws {
        let edge = try Edge()
        try scratch.write(Array("pollex import other to elsewhere\n".utf8), to: "notes")
        let (process, lines) = try start(edge)
        process.waitUntilExit()
        #expect(process.terminationStatus == 2)
        #expect(lines.await(seconds: 120) { $0.contains("is of another import") } != nil)
    }
}
