import Foundation
import Rendition
import TestSupport
import Testing

@testable import RenditionCache

@Suite struct PurgeTests {
    let directory: Scratch

    init() throws { directory = try Scratch() }

    private func open() throws -> RenditionCache {
        try RenditionCache(directory: directory.path, byteBudget: 16 << 20)
    }

    @Test func aPurgeTakesAllOfOneOriginalAndNothingElse() async throws {
        let cache = try open()
        let reader = cache.makeReader()
        for number in 0..<400 { await cache.insert(Sample(number)) }
        let receipt = await cache.purge(original: Sample.hash(7))
        let bytes = (28..<32).map { Sample($0).head.count + Sample($0).body().count }
        #expect(
            receipt == PurgeReceipt(count: 4, byteCount: bytes.reduce(0, +), isDurable: true))
        for number in 0..<400 {
            let expected = (28..<32).contains(number) ? Found.nothing : .right
            #expect(reader.look(for: Sample(number)) == expected)
        }
        #expect(cache.statistics.entries == 396 && cache.statistics.purged == 4)
        let again = await cache.purge(original: Sample.hash(7))
        #expect(again == PurgeReceipt(count: 0, byteCount: 0, isDurable: true))
    }

    @Test func aPurgeReachesEveryGenerationAndLastsOverARestart() async throws {
        do {
            let cache = try open()
            for number in 0..<1200 {
                await cache.insert(Sample(number, original: number % 100 == 0 ? -5 : number))
            }
            let listed = await cache.list(original: Sample.hash(-5))
            let receipt = await cache.purge(original: Sample.hash(-5))
            #expect(receipt.count == listed.list.count && receipt.count > 1)
            cache.close()
        }
        let cache = try open()
        await cache.loaded()
        let reader = cache.makeReader()
        for number in stride(from: 0, to: 1200, by: 100) {
            #expect(reader.look(for: Sample(number, original: -5)) == .nothing)
        }
        #expect(await cache.purge(original: Sample.hash(-5)).count == 0)
        #expect(await cache.list(original: Sample.hash(-5)).list.isEmpty)
    }

    @Test func aJobThatBeganBeforeThePurgeBringsNothingBack() async throws {
        let cache = try open()
        let reader = cache.makeReader()
        let early = cache.ticket()
        await cache.insert(Sample(1))
        _ = await cache.purge(original: Sample.hash(0))
        #expect(await cache.insert(Sample(1), ticket: early) == .purged)
        #expect(reader.look(for: Sample(1)) == .nothing)
        #expect(await cache.insert(Sample(100), ticket: early) == .stored)
        #expect(await cache.insert(Sample(1), ticket: cache.ticket()) == .stored)
        #expect(reader.look(for: Sample(1)) == .right)
    }

    @Test func aForgottenPurgeIsMadeUpForByRefusingOldTickets() {
        var ledger = PurgeLedger()
        for epoch in 1...UInt64(PurgeLedger.maximumCount + 1) {
            ledger.record(Sample.hash(Int(epoch)), epoch: epoch)
        }
        // The first is forgotten, and with it every ticket of its time.
        #expect(ledger.forbids(Sample.hash(1), PurgeTicket(epoch: 0)))
        #expect(ledger.forbids(Sample.hash(-1), PurgeTicket(epoch: 0)))
        let last = UInt64(PurgeLedger.maximumCount + 1)
        #expect(!ledger.forbids(Sample.hash(-1), PurgeTicket(epoch: last)))
        #expect(ledger.forbids(Sample.hash(Int(last)), PurgeTicket(epoch: last - 1)))
        #expect(!ledger.forbids(Sample.hash(Int(last)), PurgeTicket(epoch: last)))
    }

    @Test func theListHasWhatTheDocumentNeeds() async throws {
        let cache = try open()
        for number in 0..<8 { await cache.insert(Sample(number)) }
        let listed = await cache.list(original: Sample.hash(1)).list
        #expect(Set(listed.map(\.key)) == Set((4..<8).map { Sample($0).key }))
        for rendition in listed {
            let sample = Sample(Int(rendition.metadata.lastModifiedSeconds))
            #expect(rendition.head == sample.head && rendition.metadata == sample.metadata)
            #expect(rendition.bodyByteCount == sample.body().count)
        }
    }

    @Test func aLongListIsCutAndSaysSo() async throws {
        let cache = try open()
        for number in 0..<20 { await cache.insert(Sample(number, original: -1)) }
        for (limit, count, hasMore) in [(19, 19, true), (20, 20, false), (21, 20, false)] {
            let listed = await cache.list(original: Sample.hash(-1), atMost: limit)
            #expect(listed.list.count == count && listed.hasMore == hasMore)
            #expect(Set(listed.list.map(\.key)).count == count)
        }
    }

    /// Only what is needed is read: a body that has become another is nothing to the list, a head
    /// is.
    @Test func theListLooksAtNoBody() async throws {
        let cache = try open()
        for number in 0..<4 { await cache.insert(Sample(number, original: -1)) }
        let damage = [Sample(1, original: -1).body().suffix(4), Sample(2, original: -1).head[...]]
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            .filter { $0.hasSuffix(".generation") }
        for file in files {
            let path = directory.path + "/" + file
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            let handle = try #require(FileHandle(forWritingAtPath: path))
            for piece in damage {
                guard let place = bytes.range(of: Data(piece)) else { continue }
                try handle.seek(toOffset: UInt64(place.lowerBound))
                try handle.write(contentsOf: Data(piece.map { $0 ^ 1 }))
            }
            try handle.close()
        }
        let listed = await cache.list(original: Sample.hash(-1)).list
        #expect(Set(listed.map(\.key)) == Set([0, 1, 3].map { Sample($0, original: -1).key }))
    }
}
