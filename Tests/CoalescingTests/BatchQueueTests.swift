import Coalescing
import TestSupport
import Testing

@Suite struct BatchQueueTests {
    /// Holds the queue, which #expect can not take.
    final class Desk {
        private var queue: BatchQueue<String, Int>
        private var now = Duration.zero

        init(workers: Int = 2, smallJobs: Int = 100) {
            var admission = AdmissionLimits(workers: workers)
            admission.small.jobs = smallJobs
            queue = BatchQueue(limits: .init(admission: admission))
        }

        var count: Int { queue.count }
        func waiting(in lane: Lane) -> Int { queue.waiting(in: lane) }

        /// The job's number; `nil` when it is refused.
        @discardableResult
        func offer(
            _ job: Int, _ group: String?, of client: JobClient = .anybody, lane: Lane = .small,
            own: UInt64 = 1000, deadline: Duration = .seconds(100)
        ) -> UInt64? {
            let offer = queue.offer(
                job, of: client, group: group, lane: lane, cost: .init(shared: 1000, own: own),
                bytes: 0,
                deadline: deadline)
            return if case .queued(let number) = offer { number } else { nil }
        }

        func pass(_ time: Duration) { now += time }

        func next(
            held: String? = nil, isReserve: Bool = false
        ) -> (batch: UInt64, jobs: [Int])? {
            guard
                case .run(let batch, let jobs)? = queue.next(
                    now: now, preferring: held, isReserve: isReserve)
            else { return nil }
            return (batch, jobs)
        }

        func take(_ index: Int, of batch: UInt64) -> Int? { queue.take(index, of: batch) }
        func finish(_ batch: UInt64) -> [Int] { queue.finish(batch, elapsed: .milliseconds(1)) }
        func abandon(_ number: UInt64?) -> BatchQueue<String, Int>.Abandonment {
            number.map { queue.abandon($0, now: now).0 } ?? .late
        }
        func expire(now: Duration) -> [Int] { queue.expire(now: now) }
        func takeOverrun() -> (batch: UInt64, jobs: [Int])? { queue.takeOverrun(now: now) }
        func takeDisplaced() -> [Int] { queue.takeDisplaced() }
        func share(_ number: UInt64?, with client: JobClient, lane: Lane = .small) {
            guard let number else { return }
            queue.share(number, with: client, lane: lane, deadline: .seconds(100))
        }
    }

    @Test func jobsOfOneGroupGoTogether() throws {
        let queue = Desk()
        for (job, group) in [(1, "a"), (2, "b"), (3, "a"), (4, "a")] {
            queue.offer(job, group)
        }
        let first = try #require(queue.next())
        #expect(first.jobs == [1, 3, 4])
        #expect(queue.next()?.jobs == [2])
        #expect(queue.take(1, of: first.batch) == 3)
        #expect(queue.take(1, of: first.batch) == nil)
        #expect(queue.finish(first.batch) == [1, 4])
    }

    @Test func jobsWithoutAGroupGoAlone() {
        let queue = Desk()
        queue.offer(1, nil)
        queue.offer(2, nil)
        #expect(queue.next()?.jobs == [1])
        #expect(queue.next()?.jobs == [2])
    }

    @Test func whoComesWhileTheGroupRunsGoesNextAndToTheSameWorker() throws {
        let queue = Desk()
        queue.offer(1, "a")
        let first = try #require(queue.next())
        queue.offer(2, "a")
        queue.offer(3, "b")
        queue.offer(4, "c")
        // Another worker is free: it passes over what is held back.
        let other = try #require(queue.next())
        #expect(other.jobs == [3])
        queue.offer(5, "a")
        _ = queue.finish(first.batch)
        #expect(queue.next(held: "a")?.jobs == [2, 5])
        #expect(queue.next()?.jobs == [4])
    }

    @Test func aWorkerTakesWhatItHoldsBeforeWhatWasReleasedEarlier() throws {
        let queue = Desk()
        queue.offer(1, "a")
        queue.offer(2, "b")
        let (a, b) = (try #require(queue.next()), try #require(queue.next()))
        queue.offer(3, "a")
        queue.offer(4, "b")
        #expect(queue.next()?.jobs == nil)
        _ = queue.finish(a.batch)
        _ = queue.finish(b.batch)
        #expect(queue.next(held: "b")?.jobs == [4])
        #expect(queue.next(held: "b")?.jobs == [3])
    }

    @Test func nobodyIsHeldBackBehindWhatTakesLong() {
        let queue = Desk()
        queue.offer(1, "a", own: 300_000)
        _ = queue.next()
        queue.offer(2, "a")
        #expect(queue.next()?.jobs == [2])
    }

    @Test func aBatchHasSixteenJobsAtMost() throws {
        let queue = Desk()
        for job in 0..<20 { queue.offer(job, "a") }
        let first = try #require(queue.next())
        #expect(first.jobs == Array(0..<16))
        #expect(queue.next()?.jobs == nil)
        _ = queue.finish(first.batch)
        #expect(queue.next(held: "a")?.jobs == [16, 17, 18, 19])
    }

    @Test func aBatchTakesNobodyAlongOnceItIsDear() {
        let queue = Desk()
        for job in 0..<3 { queue.offer(job, "a", own: 250_000) }
        #expect(queue.next()?.jobs == [0, 1])
        #expect(queue.next()?.jobs == [2])
    }

    @Test func abandoningSaysWhenABatchIsForNobody() throws {
        let queue = Desk()
        let numbers = [1, 2].map { queue.offer($0, "a") }
        let waiting = queue.offer(3, "b")
        let batch = try #require(queue.next()).batch
        let heldBack = queue.offer(4, "a")
        #expect(queue.next()?.jobs == [3])
        #expect(queue.next()?.jobs == nil)
        #expect(queue.abandon(heldBack) == .dropped)
        #expect(queue.abandon(numbers[0]) == .dropped)
        #expect(queue.abandon(numbers[0]) == .late)
        #expect(queue.abandon(numbers[1]) == .emptied(batch: batch))
        guard case .emptied = queue.abandon(waiting) else { Issue.record("b ran on"); return }
        #expect(queue.finish(batch) == [])
        #expect(queue.next(held: "a")?.jobs == nil && queue.count == 0)
    }

    @Test func anAnsweredJobIsNotAbandoned() throws {
        let queue = Desk()
        let number = queue.offer(1, "a")
        let batch = try #require(queue.next()).batch
        #expect(queue.take(0, of: batch) == 1)
        #expect(queue.abandon(number) == .late)
    }

    @Test func whatWaitedTooLongComesOutExpired() {
        let queue = Desk()
        queue.offer(1, "a", deadline: .seconds(1))
        queue.offer(2, "a", deadline: .seconds(9))
        #expect(queue.expire(now: .seconds(2)) == [1])
        #expect(queue.next()?.jobs == [2])
        #expect(queue.expire(now: .seconds(99)) == [])
    }

    @Test func whatALaneCanNotHoldIsRefused() {
        let queue = Desk(smallJobs: 1)
        #expect(queue.offer(1, "a") != nil)
        #expect(queue.offer(2, "a") == nil)
        #expect(queue.count == 1)
    }

    // MARK: Sharing

    private static let (one, other) = (
        JobClient(SIMD16(repeating: 1)), JobClient(SIMD16(repeating: 2))
    )

    @Test func dearJobsLeaveTheReserveToWhatIsSoonDone() throws {
        let queue = Desk(workers: 1)
        queue.offer(1, "a", of: Self.one, lane: .large, own: 10_000_000)
        queue.offer(2, "b", of: Self.one, lane: .large, own: 10_000_000)
        let dear = try #require(queue.next())
        queue.offer(3, "c", of: Self.one)
        #expect(queue.next(isReserve: true)?.jobs == [3])
        // What is soon done runs there now.
        queue.offer(4, "d", of: Self.other)
        #expect(queue.next(isReserve: true) == nil)
        _ = queue.finish(dear.batch)
        #expect(queue.next()?.jobs == [4])
    }

    @Test func whatTakesLongCountsAsDearWhateverItWasThoughtToBe() {
        let queue = Desk(workers: 1)
        queue.offer(1, "a")
        #expect(queue.next()?.jobs == [1])
        queue.offer(2, "b")
        #expect(queue.next(isReserve: true) == nil)
        queue.pass(.seconds(2))
        #expect(queue.next(isReserve: true)?.jobs == [2])
    }

    @Test func theReserveTakesNothingDearAlong() {
        let queue = Desk(workers: 1)
        queue.offer(1, "a", lane: .large, own: 10_000_000)
        #expect(queue.next()?.jobs == [1])
        queue.offer(2, "b")
        queue.offer(3, "b", lane: .large, own: 200_000)
        queue.offer(4, "b")
        #expect(queue.next(isReserve: true)?.jobs == [2, 4])
    }

    @Test func whatOverrunsTheReserveIsTakenOffItForOthers() throws {
        let queue = Desk(workers: 1)
        queue.offer(1, "a", of: Self.one, lane: .large, own: 10_000_000)
        _ = queue.next()
        queue.offer(2, "b", of: Self.one)
        let reserve = try #require(queue.next(isReserve: true))
        queue.pass(.seconds(2))
        // His own jobs may wait.
        queue.offer(3, "c", of: Self.one)
        #expect(queue.takeOverrun() == nil)
        queue.offer(4, "d", of: Self.other)
        let overrun = try #require(queue.takeOverrun())
        #expect(overrun.batch == reserve.batch && overrun.jobs == [2])
        #expect(queue.takeOverrun() == nil)
        #expect(queue.finish(reserve.batch) == [])
        #expect(queue.next(isReserve: true)?.jobs == [4])
    }

    @Test func nobodyIsHeldBackBehindWhatHasTakenLong() {
        let queue = Desk()
        queue.offer(1, "a")
        _ = queue.next()
        queue.pass(.seconds(1))
        queue.offer(2, "a")
        #expect(queue.next()?.jobs == [2])
    }

    @Test func whatIsHeldBackDoesNotWaitForWhatHasTakenLong() {
        let queue = Desk(workers: 1)
        queue.offer(1, "a")
        _ = queue.next()
        queue.offer(2, "a")
        #expect(queue.next() == nil)
        queue.pass(.seconds(2))
        #expect(queue.next(isReserve: true)?.jobs == [2])
        #expect(queue.next() == nil)
    }

    @Test func whoLeavesAgainAndAgainHasNoMoreKilled() throws {
        let queue = Desk()
        func leave(_ job: Int, _ client: JobClient) throws -> BatchQueue<String, Int>.Abandonment {
            let number = queue.offer(job, "a", of: client)
            let batch = try #require(queue.next()).batch
            let abandonment = queue.abandon(number)
            _ = queue.finish(batch)
            return abandonment
        }
        for job in 0..<KillBudget.saved {
            guard case .emptied = try leave(job, Self.one) else { Issue.record("kept"); return }
        }
        #expect(try leave(100, Self.one) == .kept)
        guard case .emptied = try leave(101, Self.other) else { Issue.record("not his"); return }
        queue.pass(KillBudget.interval)
        guard case .emptied = try leave(102, Self.one) else { Issue.record("kept"); return }
        // What was let run runs to its end, also when it could be killed by now.
        let number = queue.offer(103, "b", of: Self.one)
        let batch = try #require(queue.next()).batch
        #expect(queue.abandon(number) == .kept)
        queue.pass(KillBudget.interval)
        #expect(queue.abandon(number) == .kept)
        #expect(queue.take(0, of: batch) == 103)
    }

    @Test func aJobIsMadeByTheBetterShareOfThoseWhoWait() {
        let queue = Desk()
        for job in 0..<9 { queue.offer(job, nil, of: Self.one) }
        let shared = queue.offer(9, nil, of: Self.one)
        queue.share(shared, with: Self.other)
        #expect(queue.next()?.jobs == [0])
        #expect(queue.next()?.jobs == [9])
        #expect(queue.next()?.jobs == [1])
    }

    @Test func whatWasPutOffIsMadeWhenSomebodyWaitsForIt() {
        let queue = Desk()
        let putOff = queue.offer(1, nil, of: Self.one, lane: .background)
        queue.share(putOff, with: Self.one, lane: .small)
        #expect(queue.waiting(in: .background) == 0 && queue.waiting(in: .small) == 1)
        #expect(queue.next()?.jobs == [1])
    }

    @Test func aFullLaneMakesRoomForWhoHasLess() {
        let queue = Desk(smallJobs: 4)
        let first = queue.offer(0, "a", of: Self.one)
        for job in 1..<4 { queue.offer(job, "a", of: Self.one) }
        #expect(queue.offer(4, "a", of: Self.one) == nil)
        #expect(queue.offer(5, "a", of: Self.other) != nil)
        #expect(queue.takeDisplaced() == [3])
        #expect(queue.offer(6, "a", of: Self.other) != nil)
        #expect(queue.takeDisplaced() == [2])
        #expect(queue.offer(7, "a", of: Self.other) == nil)
        #expect(queue.count == 4 && queue.abandon(first) == .dropped)
    }

    @Test func costsBeyondAllBoundsAreNoTrap() {
        let queue = Desk()
        for job in 0..<4 { queue.offer(job, "a", own: .max) }
        for job in 4..<8 { queue.offer(job, nil, own: .max) }
        while let batch = queue.next() { _ = queue.finish(batch.batch) }
        #expect(queue.count == 0)
    }

    /// Whatever happens in whatever order, every job comes out once and nothing stays behind.
    @Test(arguments: UInt64(0)..<48)
    func everyJobEndsOnce(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let queue = Desk(smallJobs: 30)
        var (numbers, ended, offered): ([UInt64: Int], [Int], Int) = ([:], [], 0)
        var running: [(batch: UInt64, jobs: [Int])] = []
        func step(_ kind: Int) {
            switch kind {
            case 0, 1:
                let number = queue.offer(
                    offered, ["a", "b", nil].randomElement(using: &random) ?? nil,
                    own: [1000, 300_000].randomElement(using: &random) ?? 1)
                if let number { (numbers[number], offered) = (offered, offered + 1) }
            case 2 where running.count < 2:
                if let batch = queue.next(held: Bool.random(using: &random) ? "a" : "b") {
                    running.append(batch)
                }
            case 3:
                guard let batch = running.randomElement(using: &random) else { return }
                ended += queue.take(0, of: batch.batch).map { [$0] } ?? []
            case 4 where !running.isEmpty:
                let batch = running.remove(at: Int.random(in: running.indices, using: &random))
                ended += queue.finish(batch.batch)
            case 5:
                guard let (number, job) = numbers.randomElement(using: &random) else { return }
                switch queue.abandon(number) {
                case .late, .kept: break
                case .dropped, .emptied: ended.append(job)
                }
            default: break
            }
        }
        for _ in 0..<300 { step(Int.random(in: 0..<6, using: &random)) }
        while queue.count > 0 || !running.isEmpty {
            step(running.count < 2 && Bool.random(using: &random) ? 2 : 4)
        }
        #expect(ended.sorted() == Array(0..<offered))
        for lane in Lane.allCases { #expect(queue.waiting(in: lane) == 0) }
    }
}
