import Foundation
import TestSupport
import Testing

/// `pollex check` finds what a disk can do to a data directory, and nothing else.
@Suite struct CheckTests {
    private func check(_ folder: Scratch, _ flags: String...) throws -> (Set<String>, Int32) {
        let checked = try run(CommandTests.program, ["check", "--data", folder.path] + flags)
        let lines = String(decoding: checked.output, as: UTF8.self).split(separator: "\n")
        let kinds = ["damaged ", "missing ", "orphan "]
        let findings = lines.filter { line in kinds.contains { line.hasPrefix($0) } }.map {
            $0.split(separator: " ").prefix(2).joined(separator: " ")
        }
        return (Set(findings), checked.status)
    }

    private func file(_ hash: String, in folder: Scratch) -> String {
        "\(folder.path)/originals/\(hash.prefix(2))/\(hash.dropFirst(2).prefix(2))/\(hash)"
    }

    @Test(arguments: [true, false])
    func findsDamageMissingOnesAndOrphans(whileItRuns runs: Bool) throws {
        let edge = try Edge()
        let photos = try (5000..<5004).map { try Photos.small($0) }
        let hashes = try photos.map { try edge.upload($0) }
        #expect(try check(edge.folder) == ([], 0))
        if !runs { #expect(edge.stop() == 0) }
        // One flipped bit; one file gone; one that no document names, from before.
        var bytes = photos[0]
        bytes[bytes.count / 2] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: file(hashes[0], in: edge.folder)))
        try FileManager.default.removeItem(atPath: file(hashes[1], in: edge.folder))
        let stranger = try Photos.small(5009)
        let orphan = contentHash(stranger)
        let place = URL(fileURLWithPath: file(orphan, in: edge.folder))
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(stranger).write(to: place)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -600)], ofItemAtPath: place.path)
        let expected: Set = ["damaged \(hashes[0])", "missing \(hashes[1])", "orphan \(orphan)"]
        #expect(try check(edge.folder) == (expected, 1))
        // Nobody else may be at work where an orphan is to be entered again.
        let unknown: Set = runs ? ["orphan \(orphan)"] : []
        let found = Set(expected.filter { !$0.hasPrefix("orphan") }).union(unknown)
        #expect(try check(edge.folder, "--repair") == (found, 1))
        let kept = try Data(
            contentsOf: URL(fileURLWithPath: "\(edge.folder.path)/quarantine/\(hashes[0])"))
        #expect(Array(kept) == bytes)
        // Now its bytes are missing, which an upload mends.
        let left: Set = ["missing \(hashes[0])", "missing \(hashes[1])"]
        #expect(try check(edge.folder) == (left.union(unknown), 1))
        let next = runs ? edge : try Edge(folder: edge.folder)
        #expect(try next.ask("/originals/\(hashes[0])").status >= 400)
        for photo in photos { try next.upload(photo) }
        #expect(try next.ask("/originals/\(hashes[0])").content == photos[0])
        #expect(try check(edge.folder) == (unknown, runs ? 1 : 0))
        #expect(try next.ask("/images/\(orphan)").status == (runs ? 404 : 200))
    }

    /// An edge on originals without an index would know none of them, and nothing of what was
    /// deleted or blocked.
    @Test(arguments: ["index", "index/data.mdb", "index/data.mdb of no bytes"])
    func originalsWithoutAnIndexAreNotServed(lost: String) throws {
        let folder = try Scratch()
        let photo = try Photos.small(5011)
        let hash = try Edge(folder: folder).upload(photo)
        if lost == "index/data.mdb of no bytes" {
            try Data().write(to: URL(fileURLWithPath: folder.path("index/data.mdb")))
        } else {
            try FileManager.default.removeItem(atPath: folder.path(lost))
        }
        do {
            _ = try Edge(folder: folder)
            Issue.record("it started")
        } catch let failure as Edge.DidNotStart {
            #expect(failure.output.contains("no index of them"), "\(failure.output)")
        }
        #expect(try check(folder, "--repair") == ([], 0))
        #expect(try Edge(folder: folder).ask("/images/\(hash)").status == 200)
    }

    /// What is cut off is found before a page is missed, which would end the process.
    @Test(arguments: [1, 2, 3])
    func aShortenedIndexIsDamagedAndComesBack(part: Int) throws {
        let folder = try Scratch()
        let edge = try Edge(folder: folder)
        let hashes = try (5012..<5018).map { try edge.upload(Photos.small($0)) }
        #expect(edge.stop() == 0)
        let path = folder.path("index/data.mdb")
        let count = try #require(FileManager.default.contents(atPath: path)).count
        #expect(unsafe truncate(path, part == 3 ? 3 * 4096 : count / 3 * part) == 0)
        do {
            _ = try Edge(folder: folder)
            Issue.record("it started")
        } catch is Edge.DidNotStart {}
        #expect(try check(folder).1 == 1)
        #expect(try check(folder, "--repair") == ([], 0))
        let again = try Edge(folder: folder)
        for hash in hashes { #expect(try again.ask("/images/\(hash)").status == 200) }
    }

    /// A snapshot, a backup: what is only looked at need not be written to.
    @Test(.enabled(if: isRoot, "a file system can not be mounted here"))
    func whatCanOnlyBeReadIsCheckedAsWell() throws {
        let folder = try Scratch()
        let photo = try Photos.small(5010)
        let hash: String
        do {
            let edge = try Edge(folder: folder)
            hash = try edge.upload(photo)
            #expect(edge.stop() == 0)
        }
        let place = try Scratch()
        let command = """
            mount --bind \(folder.path) \(place.path) && mount -o remount,ro,bind \(place.path) \
            && exec \(CommandTests.program) check --data \(place.path)
            """
        let sound = try run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", command])
        #expect(sound.status == 0, "\(String(decoding: sound.output, as: UTF8.self))")
        try FileManager.default.removeItem(atPath: file(hash, in: folder))
        let missing = try run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", command])
        #expect(missing.status == 1)
        #expect(String(decoding: missing.output, as: UTF8.self).contains("missing \(hash)"))
    }

    private static var isRoot: Bool {
        (try? run("/usr/bin/unshare", ["-m", "/bin/true"]))?.status == 0
    }

    /// It knows of no receivers: to open the index as an edge does would be to forget them.
    @Test func aCheckBesideAnEdgeTakesNoEventFromIt() throws {
        let webhook = "{url: 'http://127.0.0.1:9/', secret: '\(EventReceiver.secret)'}"
        let edge = try Edge(settings: ["NOTIFICATIONS_WEBHOOKS": "[\(webhook)]"])
        try edge.upload(try Photos.small(5011))
        let waiting = try edge.total("pollex_notifications_pending")
        #expect(waiting > 0)
        #expect(try check(edge.folder) == ([], 0))
        #expect(try edge.total("pollex_notifications_pending") == waiting)
    }
}
