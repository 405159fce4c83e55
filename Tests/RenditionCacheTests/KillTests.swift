import Foundation
import Synchronization
import TestSupport
import Testing

@testable import RenditionCache

@Suite struct KillTests {
    static let budget = 1 << 20
    static let keyCount = 500
    static let bodyByteCount = 3000

    /// A process that churns a full cache is killed at some moment, again and again on the same
    /// directory: what is found after is right, within the budget, and nothing was torn.
    @Test func aKilledProcessLeavesOnlyWhatIsRight() async throws {
        let directory = try Scratch()
        for round in 0..<100 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = directory.path as String, round = round as Int] in
                try await Self.churnUntilKilled(path, round: round)
            }
            let cache = try RenditionCache(directory: directory.path, byteBudget: Self.budget)
            await cache.loaded()
            #expect(try directory.diskUsage() <= Self.budget)
            #expect(cache.statistics.writing == .active)
            cache.close()  // From here on nothing is evicted beside the lookups.
            let reader = cache.makeReader()
            var found = 0
            for number in 0..<Self.keyCount {
                switch reader.look(for: Sample(number), byteCount: Self.bodyByteCount) {
                case .nothing: break
                case .right: found += 1
                case .wrong: Issue.record("round \(round): \(number) is wrong")
                }
            }
            let statistics = cache.statistics
            #expect(found == statistics.entries && statistics.integrityFailures == 0)
            #expect(statistics.damagedGenerations == 0)
            #expect(round < 5 || found > 100)
        }
    }

    private final class Counter: Sendable { let offered = Atomic<Int>(0) }

    static func churnUntilKilled(_ path: String, round: Int) async throws {
        let cache = try RenditionCache(directory: path, byteBudget: budget)
        var random = SeededGenerator(seed: UInt64(round))
        let offers = 20 + Int(random.next() % 400)
        let counter = Counter()
        let deaths = Thread {
            // Looks on from its own thread, so that the writer is anywhere.
            while counter.offered.load(ordering: .relaxed) < offers {}
            kill(getpid(), SIGKILL)
        }
        deaths.start()
        while true {
            let number = Int(random.next() % UInt64(keyCount))
            cache.insert(
                Sample(number).key, head: Sample(number).head,
                body: Sample(number).body(byteCount: bodyByteCount),
                metadata: Sample(number).metadata, ticket: cache.ticket()
            ) { _ in }
            counter.offered.add(1, ordering: .relaxed)
        }
    }
}
