import Foundation
import Glibc
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
