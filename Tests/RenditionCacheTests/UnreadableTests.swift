import Foundation
import LinuxIO
import TestSupport
import Testing

@testable import RenditionCache

/// Files that end before their maps do, because somebody cuts them short while they are open. A
/// sector that fails ends in the same signal.
@Suite struct UnreadableTests {
    static let sampleCount = 300
    let directory: Scratch
    let cache: RenditionCache

    init() async throws {
        directory = try Scratch()
        cache = try RenditionCache(directory: directory.path, byteBudget: 8 << 20)
        for number in 0..<Self.sampleCount { await cache.insert(Sample(number)) }
    }

    private func cutOldest(to byteCount: Int) throws {
        let oldest = try #require(try directory.generationFiles().first)
        try #require(unsafe truncate(oldest, byteCount) == 0)
    }

    private func lookForAll() -> Int {
        let reader = cache.makeReader()
        let found = (0..<Self.sampleCount).map { reader.look(for: Sample($0)) }
        #expect(!found.contains(.wrong))
        return found.count { $0 == .right }
    }

    @Test(arguments: [0, 4096, 200_000])
    func whatIsCutShortIsAMissAndItsGenerationGoes(byteCount: Int) async throws {
        #expect(lookForAll() == Self.sampleCount)
        let generations = cache.statistics.generations
        try cutOldest(to: byteCount)
        let left = lookForAll()
        #expect(left < Self.sampleCount && left > Self.sampleCount / 2)
        await cache.loaded()
        #expect(cache.statistics.damagedGenerations == 1)
        #expect(cache.statistics.generations == generations - 1)
        #expect(cache.statistics.writing == .active)
        // Nobody asks that file again, and its renditions can be kept anew.
        let whole = lookForAll()
        #expect(cache.statistics.entries == whole && whole < Self.sampleCount)
        for number in 0..<Self.sampleCount {
            #expect(await cache.insert(Sample(number)) == .stored)
        }
        #expect(lookForAll() == Self.sampleCount)
        #expect(cache.statistics.damagedGenerations == 1)
    }

    /// Its index is gone, so nobody knows which renditions it holds: all go.
    @Test func aPurgeIsSureOfAGenerationThatCanNotBeRead() async throws {
        let reader = cache.makeReader()
        #expect(reader.look(for: Sample(0)) == .right)
        try cutOldest(to: 200_000)
        _ = await cache.purge(original: Sample.hash(0))
        #expect(reader.look(for: Sample(0)) == .nothing)
        #expect(cache.statistics.damagedGenerations == 1)
    }

    @Test func evictionPassesOverWhatCanNotBeRead() async throws {
        // All are worth carrying.
        for _ in 0..<3 { #expect(lookForAll() == Self.sampleCount) }
        let oldest = try #require(try directory.generationFiles().first)
        try cutOldest(to: 200_000)
        for number in 1000..<2500 { #expect(await cache.insert(Sample(number)) == .stored) }
        #expect(!FileManager.default.fileExists(atPath: oldest))
        #expect(cache.statistics.writing == .active)
        _ = lookForAll()
        #expect(try directory.diskUsage() <= 8 << 20)
    }

    @Test func aSlowReaderSaysWhatItMeets() async throws {
        let reader = cache.makeReader()
        let lease = try #require(reader.lease(Sample(0).key))
        lease.reportUnreadable()
        await cache.loaded()
        #expect(cache.statistics.damagedGenerations == 1)
        #expect(reader.look(for: Sample(0)) == .nothing)
    }
}
