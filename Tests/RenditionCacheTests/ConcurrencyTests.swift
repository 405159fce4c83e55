import Foundation
import Synchronization
import TestSupport
import Testing

@testable import RenditionCache

@Suite struct ConcurrencyTests {
    private final class Tally: Sendable {
        let isOver = Atomic<Bool>(false)
        let wrong = Atomic<Int>(0)
        let right = Atomic<Int>(0)
    }

    /// Readers on threads of their own, as loops are, while the cache turns over and originals are
    /// purged: what is found is right, and what was purged is not found by lookups that begin
    /// later.
    @Test func readersBesideAChurningWriterFindOnlyWhatIsRight() async throws {
        let directory = try Scratch()
        let cache = try RenditionCache(directory: directory.path, byteBudget: 2 << 20)
        let tally = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in UInt64(0)..<3 {
                group.addTask {
                    let reader = cache.makeReader()
                    var random = SeededGenerator(seed: seed)
                    while !tally.isOver.load(ordering: .relaxed) {
                        // The low numbers often, so that they are carried.
                        let bound: UInt64 = random.next() % 2 == 0 ? 20 : 400
                        let sample = Sample(Int(random.next() % bound))
                        switch reader.look(for: sample, byteCount: 3000) {
                        case .nothing: break
                        case .right: tally.right.add(1, ordering: .relaxed)
                        case .wrong: tally.wrong.add(1, ordering: .relaxed)
                        }
                        await Task.yield()
                    }
                }
            }
            let reader = cache.makeReader()
            for number in 0..<3000 {
                await cache.insert(Sample(number % 400), byteCount: 3000)
                if number % 50 == 49 {
                    let original = Sample(number % 400).original
                    _ = await cache.purge(original: Sample.hash(original))
                    for other in 0..<4 {
                        let sample = Sample(original * 4 + other)
                        #expect(reader.look(for: sample, byteCount: 3000) == .nothing)
                    }
                }
            }
            tally.isOver.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        #expect(tally.wrong.load(ordering: .relaxed) == 0)
        #expect(tally.right.load(ordering: .relaxed) > 100)
        #expect(cache.statistics.integrityFailures == 0)
    }
}
