import Foundation
import Testing

/// `pollex check` finds what a disk can do to a data directory, and nothing else.
@Suite struct CheckTests {
    private func check(_ folder: DataFolder, _ flags: String...) throws -> (Set<String>, Int32) {
        let checked = try run(CommandTests.program, ["check", "--data", folder.path] + flags)
        let lines = String(decoding: checked.output, as: UTF8.self).split(separator: "\n")
        let findings = lines.filter { !$0.contains(" originals, ") }.map {
            $0.split(separator: " ").prefix(2).joined(separator: " ")
        }
        return (Set(findings), checked.status)
    }

    private func file(_ hash: String, in folder: DataFolder) -> String {
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
        #expect(try check(edge.folder, "--repair") == (expected, 1))
        let kept = try Data(
            contentsOf: URL(fileURLWithPath: "\(edge.folder.path)/quarantine/\(hashes[0])"))
        #expect(Array(kept) == bytes)
        // Now its bytes are missing, which an upload mends.
        let left: Set = ["missing \(hashes[0])", "missing \(hashes[1])", "orphan \(orphan)"]
        #expect(try check(edge.folder) == (left, 1))
        let next = runs ? edge : try Edge(folder: edge.folder)
        #expect(try next.ask("/originals/\(hashes[0])").status >= 400)
        for photo in photos { try next.upload(photo) }
        #expect(try next.ask("/originals/\(hashes[0])").content == photos[0])
        #expect(try check(edge.folder) == (["orphan \(orphan)"], 1))
    }
}
