import Foundation
import TestSupport
import Testing

/// An edge killed at any moment forgets no file of its drop folder, and takes none twice.
@Suite struct DropFolderCrashTests {
    @Test func everyFileEndsInOnePlaceUnderItsName() throws {
        let (folder, data) = (try Scratch(), try Scratch())
        let settings = ["DROP_DIRECTORY": folder.path, "DROP_SETTLE_SECONDS": "0.2"]
        var random = SeededGenerator(seed: 11)
        var good: [String: [UInt8]] = [:]
        var bad: Set<String> = []
        for round in 0..<CrashTests.rounds {
            let edge = try Edge(folder: data, settings: settings)
            let target = settledCount(folder) + Int.random(in: 1...16, using: &random)
            for number in 0..<20 {
                let name = "\(number % 3)/\(round)-\(number).jpg"
                if number % 5 == 4 {
                    bad.insert(name)
                    try folder.write(Array("no picture \(name)".utf8), to: name)
                } else {
                    good[name] = try Photos.small(2_000_000 + round * 100 + number)
                    try folder.write(good[name] ?? [], to: name)
                }
            }
            #expect(edge.waits { settledCount(folder) >= target })
            edge.kill()
        }
        let edge = try Edge(folder: data, settings: settings)
        let expected =
            good.keys.map { "done/\($0)" } + bad.map { "failed/\($0)" }
            + bad.map { "failed/\($0).reason.txt" }
        #expect(edge.waits { folder.storedFiles == expected.sorted() })
        #expect(folder.storedFiles == expected.sorted())
        for (name, photo) in good {
            let hash = contentHash(photo)
            #expect(try edge.ask("/originals/\(hash)").content == photo, "\(name)")
            let document = try edge.ask("/images/\(hash)").object
            #expect(document["name"] as? String == String(name.dropFirst(2)))
        }
        #expect(try edge.allImages().count == good.count)
    }

    private func settledCount(_ folder: Scratch) -> Int {
        folder.storedFiles.filter { $0.hasPrefix("done/") || $0.hasPrefix("failed/") }.count
    }
}

extension Edge {
    /// Every document of the index, page by page.
    func allImages() throws -> [[String: Any]] {
        var images: [[String: Any]] = []
        var target = "/images?limit=50"
        while true {
            let page = try ask(target)
            try #require(page.status == 200, "\(page)")
            images += page.object["images"] as? [[String: Any]] ?? []
            guard let next = page.object["next"] as? String else { return images }
            target = "/images?limit=50&cursor=\(next)"
        }
    }
}
