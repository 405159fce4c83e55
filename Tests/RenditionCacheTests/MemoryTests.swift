import Foundation
import TestSupport
import Testing

@testable import RenditionCache

@Suite struct MemoryTests {
    private static let isSanitized = [".build-address", ".build-thread"].contains {
        CommandLine.arguments.first?.contains($0) ?? false
    }

    /// Table, ghosts and marks of a full cache that has been turned over, in a process of its own.
    @Test(.disabled(if: isSanitized, "its memory is not that of the product"))
    func aMillionEntriesTakeLessThan64Megabytes() async {
        await #expect(processExitsWith: .success) {
            let entries = 1_000_000
            let before = try Self.anonymousByteCount()
            var random = SeededGenerator(seed: 1)
            var table = EntryTable(slotCount: 1 << 12)
            var ghosts = GhostList()
            // As in `GenerationWriter`: a mark for each entry, in one array a generation.
            var marks: [[UInt64]] = []
            for number in 0..<entries {
                if !table.hasRoom {
                    let larger = EntryTable(
                        slotCount: EntryTable.slotCount(forEntries: table.count))
                    for slot in 0..<table.slotCount where table.load(slot).isEntry {
                        larger.insert(table.load(slot), hash: KeyHash(bits: random.next()))
                    }
                    table = larger
                }
                let hash = KeyHash(bits: random.next())
                table.insert(
                    Location(offset: 16, tag: 1, hash: hash, hits: 0, isVerified: false),
                    hash: hash)
                ghosts.insert(hash.ghost, limit: entries)
                if number % (entries / CacheGeometry.maximumGenerationCount) == 0 {
                    marks.append([])
                }
                marks[marks.count - 1].append(UInt64(number))
            }
            let measured = try Self.anonymousByteCount() - before
            let stated =
                table.slotCount * 8 + ghosts.byteCount + marks.reduce(0) { $0 + $1.capacity * 8 }
            #expect(table.count == entries && measured < 64 << 20, "\(measured)")
            // What the statistics say is what it takes, but for the allocator's own.
            #expect(abs(measured - stated) < stated / 5, "\(measured) for \(stated)")
        }
    }

    /// Memory of this process that is no file's.
    private static func anonymousByteCount() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        let kilobytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
        return try #require(kilobytes.flatMap { Int($0) }) * 1024
    }
}
