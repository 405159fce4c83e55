import Foundation
import LinuxIO
import Rendition
import TestSupport
import Testing

@testable import RenditionCache

@Suite struct RenditionCacheTests {
    let directory: Scratch

    init() throws { directory = try Scratch() }

    private func open(byteBudget: Int = 16 << 20) throws -> RenditionCache {
        try RenditionCache(directory: directory.path, byteBudget: byteBudget)
    }

    @Test func whatWasStoredIsFoundWholeAndNothingElseIs() async throws {
        let cache = try open()
        let reader = cache.makeReader()
        for number in 0..<100 {
            #expect(reader.look(for: Sample(number)) == .nothing)
            #expect(!reader.contains(Sample(number).key))
            #expect(await cache.insert(Sample(number)) == .stored)
            #expect(reader.look(for: Sample(number)) == .right)
            #expect(reader.contains(Sample(number).key))
        }
        #expect(reader.look(for: Sample(100)) == .nothing)
        #expect(cache.statistics.entries == 100 && cache.statistics.insertions == 100)
    }

    @Test func anEmptyBodyAndTheLargestThatFitsAreKept() async throws {
        let cache = try open(byteBudget: 64 << 20)
        let reader = cache.makeReader()
        #expect(await cache.insert(Sample(1), byteCount: 0) == .stored)
        #expect(reader.look(for: Sample(1), byteCount: 0) == .right)
        let geometry = CacheGeometry(budgetByteCount: 64 << 20)
        let generation = geometry.largestGenerationByteCount
        #expect(generation > 3 * geometry.generationByteCount)
        let overhead =
            Generation.dataOffset + IndexEntry.byteCount + Record.headerByteCount
            + Sample(2).head.count
        let most = (generation - overhead) / 16 * 16
        // So large that it has to be asked for twice.
        #expect(await cache.insert(Sample(2), byteCount: most) == .notAdmitted)
        #expect(await cache.insert(Sample(2), byteCount: most) == .stored)
        #expect(reader.look(for: Sample(2), byteCount: most) == .right)
        #expect(await cache.insert(Sample(3), byteCount: generation) == .tooLarge)
        #expect(reader.look(for: Sample(1), byteCount: 0) == .right)
        #expect(try directory.diskUsage() <= 64 << 20)
    }

    @Test func storingTwiceWritesOnce() async throws {
        let cache = try open()
        await cache.insert(Sample(1))
        #expect(await cache.insert(Sample(1)) == .stored)
        #expect(cache.statistics.insertions == 1 && cache.statistics.entries == 1)
    }

    @Test func theDiskNeverTakesMoreThanTheBudget() async throws {
        let budget = 8 << 20
        let cache = try open(byteBudget: budget)
        let reader = cache.makeReader()
        for number in 0..<4000 {
            #expect(await cache.insert(Sample(number)) == .stored)
            if number % 200 == 0 { #expect(try directory.diskUsage() <= budget) }
        }
        cache.close()
        let statistics = cache.statistics
        #expect(try directory.diskUsage() <= budget)
        #expect(statistics.evictions > 2000)
        // What is left fills the room there is: a cache that kept little would be within it too.
        #expect(statistics.entries > 500)
        let found = (0..<4000).filter { reader.look(for: Sample($0)) == .right }
        #expect(found.count == statistics.entries)
    }

    @Test func whatIsAskedForStays() async throws {
        let cache = try open(byteBudget: 8 << 20)
        let reader = cache.makeReader()
        for number in 0..<40 { await cache.insert(Sample(number)) }
        for number in 40..<4000 {
            await cache.insert(Sample(number))
            if number % 20 == 0 {
                for kept in 0..<40 { #expect(reader.look(for: Sample(kept)) == .right) }
            }
        }
        #expect(cache.statistics.carried > 0)
    }

    @Test func whatIsEvictedAndComesBackWithinShortGoesToTheMainRow() async throws {
        let cache = try open(byteBudget: 8 << 20)
        let reader = cache.makeReader()
        await cache.insert(Sample(0))
        var number = 1
        while reader.look(for: Sample(0)) != .nothing, number < 2000 {
            // A lookup would be a hit: the table alone says whether it is gone.
            while reader.contains(Sample(0).key), number < 2000 {
                await cache.insert(Sample(number))
                number += 1
            }
        }
        let lived = number
        await cache.insert(Sample(0))
        for later in number..<number + lived { await cache.insert(Sample(later)) }
        #expect(reader.contains(Sample(0).key))
    }

    @Test func aRestartFindsEverythingAgain() async throws {
        do {
            let cache = try open()
            for number in 0..<300 { await cache.insert(Sample(number)) }
            cache.close()
            #expect(cache.statistics.writing == .closed)
            #expect(await cache.insert(Sample(301)) == .suspended)
        }
        let cache = try open()
        await cache.loaded()
        let reader = cache.makeReader()
        for number in 0..<300 { #expect(reader.look(for: Sample(number)) == .right) }
        #expect(cache.statistics.entries == 300)
        #expect(await cache.insert(Sample(300)) == .stored)
        // The youngest generation is continued, not left half empty.
        #expect(try directory.generationFiles().count <= 4)
    }

    @Test func aSmallerBudgetIsKeptFromTheStart() async throws {
        do {
            let cache = try open(byteBudget: 16 << 20)
            for number in 0..<1200 { await cache.insert(Sample(number)) }
            cache.close()
        }
        let budget = 4 << 20
        let cache = try open(byteBudget: budget)
        await cache.loaded()
        await cache.insert(Sample(5000))
        #expect(try directory.diskUsage() <= budget)
        for number in 6000..<7000 { #expect(await cache.insert(Sample(number)) == .stored) }
        #expect(try directory.diskUsage() <= budget)
    }

    @Test func anEvictedBodyStaysReadableByItsLease() async throws {
        let cache = try open(byteBudget: 4 << 20)
        let reader = cache.makeReader()
        await cache.insert(Sample(0))
        let lease = try #require(reader.lease(Sample(0).key))
        var number = 1
        while reader.contains(Sample(0).key) {
            await cache.insert(Sample(number))
            number += 1
        }
        let place = lease.place
        let copied = try Files.read(
            place.file, offset: place.offset, byteCount: lease.bodyByteCount)
        #expect(copied == Sample(0).body())
        #expect(reader.lease(Sample(0).key) == nil)
    }

    @Test func thousandsOfEntriesGrowTheTable() async throws {
        let cache = try open(byteBudget: 64 << 20)
        let reader = cache.makeReader()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<12_000 {
                group.addTask { await cache.insert(Sample(number), byteCount: 500) }
            }
        }
        #expect(cache.statistics.entries + cache.statistics.dropped == 12_000)
        let found = (0..<12_000).filter { reader.look(for: Sample($0), byteCount: 500) == .right }
        #expect(found.count == cache.statistics.entries)
    }
}
