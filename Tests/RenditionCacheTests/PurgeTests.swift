import Rendition
import Testing

@testable import RenditionCache

@Suite struct PurgeTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

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
            #expect(receipt.count == listed.count && receipt.count > 1)
            cache.close()
        }
        let cache = try open()
        await cache.loaded()
        let reader = cache.makeReader()
        for number in stride(from: 0, to: 1200, by: 100) {
            #expect(reader.look(for: Sample(number, original: -5)) == .nothing)
        }
        #expect(await cache.purge(original: Sample.hash(-5)).count == 0)
        #expect(await cache.list(original: Sample.hash(-5)).isEmpty)
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
        let listed = await cache.list(original: Sample.hash(1))
        #expect(Set(listed.map(\.key)) == Set((4..<8).map { Sample($0).key }))
        for rendition in listed {
            let sample = Sample(Int(rendition.metadata.lastModifiedSeconds))
            #expect(rendition.head == sample.head && rendition.metadata == sample.metadata)
            #expect(rendition.bodyByteCount == sample.body().count)
        }
    }
}
