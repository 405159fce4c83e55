import Foundation
import TestSupport
import Testing

@testable import RenditionCache

@Suite struct DamageTests {
    static let sampleCount = 300
    let directory: Scratch

    init() async throws {
        directory = try Scratch()
        let cache = try RenditionCache(directory: directory.path, byteBudget: 16 << 20)
        for number in 0..<Self.sampleCount { await cache.insert(Sample(number)) }
        cache.close()
    }

    private func open(scrubBytesPerSecond: Int = 0) async throws -> RenditionCache {
        var limits = RenditionCache.Limits()
        limits.scrubBytesPerSecond = scrubBytesPerSecond
        let cache = try RenditionCache(
            directory: directory.path, byteBudget: 16 << 20, limits: limits)
        await cache.loaded()
        return cache
    }

    /// How many samples are found; none may be wrong.
    private func lookForAll(in cache: RenditionCache) -> Int {
        let reader = cache.makeReader()
        let found = (0..<Self.sampleCount).map { reader.look(for: Sample($0)) }
        #expect(!found.contains(.wrong))
        return found.count { $0 == .right }
    }

    private func edit(_ file: String, _ body: (FileHandle) throws -> Void) throws {
        let handle = try FileHandle(forUpdating: URL(filePath: file))
        try body(handle)
        try handle.close()
    }

    private func flip(_ file: String, at offset: Int) throws {
        try edit(file) { handle in
            try handle.seek(toOffset: UInt64(offset))
            let byte = try #require(try handle.read(upToCount: 1)?.first)
            try handle.seek(toOffset: UInt64(offset))
            try handle.write(contentsOf: Data([byte ^ 0x10]))
        }
    }

    @Test func aFlippedBitIsAMissOnceAndCounted() async throws {
        // In the body of the first record of the oldest generation.
        let file = try #require(try directory.generationFiles().first)
        try flip(file, at: Generation.dataOffset + Record.headerByteCount + 500)
        let cache = try await open()
        #expect(lookForAll(in: cache) == Self.sampleCount - 1)
        await cache.loaded()
        #expect(cache.statistics.integrityFailures == 1)
        #expect(cache.statistics.entries == Self.sampleCount - 1)
        cache.close()
        let again = try await open()
        #expect(again.statistics.entries == Self.sampleCount - 1)
        #expect(lookForAll(in: again) == Self.sampleCount - 1)
        #expect(again.statistics.integrityFailures == 0)
    }

    @Test func scrubbingFindsWhatNobodyAsksFor() async throws {
        // Before the pass, of which there is one a day.
        let file = try #require(try directory.generationFiles().first)
        try flip(file, at: Generation.dataOffset + Record.headerByteCount + 500)
        let cache = try await open(scrubBytesPerSecond: 1 << 30)
        while cache.statistics.integrityFailures == 0 { await cache.loaded() }
        #expect(lookForAll(in: cache) == Self.sampleCount - 1)
    }

    /// Wherever a bit flips, what is served is right, and little is lost.
    @Test(arguments: UInt64(0)..<24)
    func aBitFlippedAnywhereServesNothingWrong(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let files = try directory.generationFiles()
        let file = files[Int(random.next() % UInt64(files.count))]
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
        // Every third into the index at the end, which holds the places.
        let offset =
            seed % 3 == 0
            ? size - 1 - Int(random.next() % 2000) : Int(random.next() % UInt64(size))
        try flip(file, at: offset)
        let cache = try await open()
        #expect(lookForAll(in: cache) >= (offset < 80 ? 0 : Self.sampleCount - 1))
        #expect(await cache.insert(Sample(9999)) == .stored)
    }

    /// A group's entries are written downwards in one call, which a kill ends at a page: the first
    /// of them may then lack its end.
    @Test(arguments: [8, 16, 24, 72])
    func anEntryTornByAKillIsTheEndOfTheIndexAndNoDamage(lacking: Int) async throws {
        let file = try #require(try directory.generationFiles().last)
        let number = try #require(
            Generation.number(fromName: URL(filePath: file).lastPathComponent))
        guard
            case .generation(let generation) = try Generation.open(
                in: directory.path, number: number, tag: 1)
        else {
            Issue.record("no generation")
            return
        }
        var count = 0
        while case .entry = generation.indexEntry(count, isTrusted: false) { count += 1 }
        let end = generation.indexRange(count - 1).upperBound
        try edit(file) { handle in
            try handle.seek(toOffset: UInt64(end - lacking))
            try handle.write(contentsOf: Data(count: lacking))
        }
        let cache = try await open()
        // The flags at the very end are zero anyway.
        #expect(lookForAll(in: cache) == Self.sampleCount - (lacking == 8 ? 0 : 1))
        #expect(cache.statistics.integrityFailures == 0)
        #expect(await cache.insert(Sample(9999)) == .stored)
        cache.close()
        #expect(lookForAll(in: try await open()) == Self.sampleCount - (lacking == 8 ? 0 : 1))
    }

    @Test(arguments: [1, 50, 4096, 500_000])
    func aTruncatedFileIsDroppedAndCounted(byteCount: Int) async throws {
        let file = try #require(try directory.generationFiles().first)
        try edit(file) { try $0.truncate(atOffset: UInt64(byteCount)) }
        let cache = try await open()
        #expect(cache.statistics.damagedGenerations == 1)
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(lookForAll(in: cache) < Self.sampleCount)
        #expect(await cache.insert(Sample(9999)) == .stored)
    }

    @Test func foreignFilesAreDroppedWhereTheyBearOurNamesAndLeftWhereNot() async throws {
        let noise = Data((0..<10_000).map { UInt8($0 % 253) })
        let ours = directory.path + "/" + Generation.name(77)
        let theirs = directory.path + "/notes.txt"
        for path in [ours, theirs] { try noise.write(to: URL(filePath: path)) }
        let cache = try await open()
        #expect(cache.statistics.damagedGenerations == 1)
        #expect(!FileManager.default.fileExists(atPath: ours))
        #expect(FileManager.default.fileExists(atPath: theirs))
        #expect(lookForAll(in: cache) == Self.sampleCount)
    }

    @Test func aGenerationOfAnotherVersionIsDropped() async throws {
        let file = try #require(try directory.generationFiles().first)
        try edit(file) { handle in
            try handle.seek(toOffset: 8)
            try handle.write(contentsOf: Data([2, 0, 0, 0]))
        }
        let cache = try await open()
        #expect(cache.statistics.damagedGenerations == 1)
        #expect(lookForAll(in: cache) < Self.sampleCount)
    }

    @Test func aDirectoryThatIsAFileSuspendsWriting() async throws {
        let path = directory.path + "/file"
        try Data().write(to: URL(filePath: path))
        let cache = try RenditionCache(directory: path, byteBudget: 16 << 20)
        #expect(await cache.insert(Sample(1)) == .suspended)
        #expect(cache.makeReader().look(for: Sample(1)) == .nothing)
        #expect(cache.statistics.writing == .directoryUnusable)
    }

    @Test func aMissingDirectoryIsMadeAndOneRemovedLaterIsMadeAgain() async throws {
        let path = directory.path + "/not/yet/there"
        var limits = RenditionCache.Limits()
        limits.retrySeconds = 0
        let cache = try RenditionCache(directory: path, byteBudget: 4 << 20, limits: limits)
        #expect(await cache.insert(Sample(1)) == .stored)
        try FileManager.default.removeItem(atPath: directory.path + "/not")
        let reader = cache.makeReader()
        #expect(reader.look(for: Sample(1)) == .right)
        // The open generations go on; the next one is refused once and then made.
        var outcomes: [InsertOutcome] = []
        for number in 2..<500 { outcomes.append(await cache.insert(Sample(number))) }
        #expect(outcomes.last == .stored)
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func theDirectoryOfAnotherIsLeftAloneUntilItIsFree() async throws {
        var limits = RenditionCache.Limits()
        limits.retrySeconds = 0
        let first = try await open()
        let second = try RenditionCache(
            directory: directory.path, byteBudget: 16 << 20, limits: limits)
        #expect(await second.insert(Sample(9999)) == .suspended)
        #expect(second.statistics.writing == .directoryInUse)
        first.close()
        while await second.insert(Sample(9999)) == .suspended {}
        await second.loaded()
        #expect(lookForAll(in: second) == Self.sampleCount)
    }
}
