import Foundation
import Glibc
import TestSupport
import Testing

/// Disks that fail under the edge's hands.
@Suite(.serialized) struct ChaosStorageTests {
    /// One size for each way a hit is sent: copied, from the map, by the kernel from the file.
    @Test(arguments: [(60, 0...4096), (220, 4097...24_575), (900, 24_576...Int.max)])
    func aCacheFileCutShortCostsNoMoreThanTheAnswersThatReadIt(
        width: Int, sizes: ClosedRange<Int>
    ) throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        let target = "/thumbs/\(width)x/\(hash).jpg"
        let right = try edge.ask(target).content
        try #require(sizes.contains(right.count), "\(right.count)")
        #expect(try edge.waits { try cutInside(right, below: edge.folder.path + "/cache") })
        // It has begun when the disk fails: then it ends early, and never with other bytes.
        if let answer = try? edge.ask(target), answer.status == 200 {
            #expect(answer.content == right)
        }
        let recovers = edge.waits {
            guard let answer = try? edge.ask(target), answer.status == 200 else { return false }
            #expect(answer.content == right)
            return answer.isHit
        }
        #expect(recovers && edge.process.isRunning)
    }

    @Test(
        .disabled(if: Edge.isSanitized, "the sanitizers are in the same calls"),
        arguments: ["/originals", "/index"], [true, false])
    func aDiskThatFailsAnUploadKeepsNothingOfIt(part: String, isFlush: Bool) throws {
        let faults = try Faults()
        let edge = try Edge(faults: faults)
        let kept = try edge.upload(try Photos.small(1))
        let hit = "/thumbs/30x/\(kept).jpg"
        #expect(try edge.ask(hit).status == 200)
        if isFlush { try faults.failFlushes(of: part) } else { try faults.failWrites(of: part) }
        let photo = try Photos.small(2)
        for _ in 0..<3 { try edge.ask("POST", "/images", body: photo).expectProblem(503) }
        #expect(try edge.ask(hit).isHit)
        #expect(try edge.ask("/originals/\(kept)").status == 200)
        #expect(try edge.ask("/images/\(contentHash(photo))").status == 404)
        try faults.heal()
        // Nobody has to help.
        let hash = try edge.upload(photo)
        #expect(try edge.ask("/thumbs/30x/\(hash).jpg").status == 200)
        #expect(edge.stop() == 0)
        let again = try Edge(folder: edge.folder)
        #expect(try again.ask("/originals/\(hash)").content == photo)
        #expect(try again.ask("/images/\(kept)").status == 200)
    }

    @Test(.disabled(if: Edge.isSanitized, "the sanitizers are in the same calls"))
    func aDiskThatFailsTheCacheCostsNothingButHits() throws {
        let faults = try Faults()
        let edge = try Edge(faults: faults)
        let hash = try edge.upload(try Photos.small(1))
        let hit = "/thumbs/30x/\(hash).jpg"
        // A hit is also who finds it on its way into the cache.
        #expect(
            try edge.waits {
                try edge.ask(hit).isHit && edge.total("pollex_cache_entries") > 0
            })
        let kept = try edge.total("pollex_cache_entries")
        try faults.failWrites(of: "/cache")
        for width in 31..<36 {
            #expect(try edge.ask("/thumbs/\(width)x/\(hash).jpg").status == 200)
            #expect(try edge.ask(hit).isHit)
        }
        #expect(try edge.total("pollex_cache_entries") == kept)
        try faults.heal()
        // Tried again every few seconds.
        let recovers = try edge.waits {
            #expect(try edge.ask("/thumbs/40x/\(hash).jpg").status == 200)
            return try edge.total("pollex_cache_entries") > kept
        }
        #expect(recovers)
    }

    /// Cuts the file that holds `content` at the first page that begins behind its start; `false`
    /// while there is none.
    private func cutInside(_ content: [UInt8], below folder: String) throws -> Bool {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let path = "\(folder)/\(name)"
            guard let file = FileManager.default.contents(atPath: path),
                let found = file.range(of: Data(content))
            else { continue }
            let page = (found.lowerBound / 4096 + 1) * 4096
            try #require(unsafe truncate(path, off_t(page)) == 0)
            return true
        }
        return false
    }
}
