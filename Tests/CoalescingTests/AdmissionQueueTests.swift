import Coalescing
import TestSupport
import Testing

@Suite struct AdmissionQueueTests {
    typealias Queue = AdmissionQueue<Int>

    static let never = Duration.seconds(1_000_000)

    static func limits(
        jobs: Int = 100, cost: UInt64 = 1 << 40, bytes: UInt64 = 1 << 40, running: Int = .max,
        workers: Int = 2
    ) -> AdmissionLimits {
        func lane(_ weight: Int) -> AdmissionLimits.PerLane {
            AdmissionLimits.PerLane(weight: weight, jobs: jobs, cost: cost, running: running)
        }
        return AdmissionLimits(
            small: lane(8), large: lane(3), background: lane(1), bytes: bytes, workers: workers)
    }

    static func isQueued(_ offer: Queue.Offer) -> Bool {
        if case .queued = offer { return true }
        return false
    }

    @Test func jobsOfALaneRunInTheirOrder() {
        var queue = Queue(limits: Self.limits())
        for job in 0..<5 {
            #expect(Self.isQueued(queue.offer(job, lane: .small, cost: 10, deadline: Self.never)))
        }
        for job in 0..<5 {
            guard case .run(job, let start) = queue.next(now: .zero) else {
                Issue.record("job \(job) did not come")
                return
            }
            queue.finished(start, elapsed: .microseconds(10))
        }
        guard case nil = queue.next(now: .zero) else {
            Issue.record("a job too many")
            return
        }
    }

    @Test func isBoundedByCount() {
        var queue = Queue(limits: Self.limits(jobs: 3))
        let taken = (0..<5).map {
            Self.isQueued(queue.offer($0, lane: .large, cost: 1, deadline: Self.never))
        }
        #expect(taken == [true, true, true, false, false])
        let other = Self.isQueued(queue.offer(9, lane: .small, cost: 1, deadline: Self.never))
        #expect(other, "another lane has its own bound")
    }

    @Test func isBoundedByCostButTakesOneJobOfAny() {
        var queue = Queue(limits: Self.limits(cost: 100))
        let taken = [1000, 1].map {
            Self.isQueued(queue.offer(0, lane: .large, cost: $0, deadline: Self.never))
        }
        #expect(taken == [true, false])
        let small = [60, 40, 1].map {
            Self.isQueued(queue.offer(0, lane: .small, cost: $0, deadline: Self.never))
        }
        #expect(small == [true, true, false])
        let (largeCost, smallCost) = (
            queue.waitingCost(in: .large), queue.waitingCost(in: .small)
        )
        #expect(largeCost == 1000 && smallCost == 100)
    }

    @Test func isBoundedByBytesOverAllLanes() {
        var queue = Queue(limits: Self.limits(bytes: 100))
        let first = queue.offer(0, lane: .small, cost: 1, bytes: 70, deadline: Self.never)
        let second = queue.offer(1, lane: .large, cost: 1, bytes: 40, deadline: Self.never)
        let overflow = queue.offer(1, lane: .large, cost: 1, bytes: .max, deadline: Self.never)
        #expect(Self.isQueued(first) && !Self.isQueued(second) && !Self.isQueued(overflow))
        _ = queue.next(now: .zero)
        let again = queue.offer(1, lane: .large, cost: 1, bytes: 40, deadline: Self.never)
        let bytes = queue.waitingBytes
        #expect(Self.isQueued(again) && bytes == 40)
    }

    /// 2 workers, 3 jobs of 4 s wait and one more comes: 16 s of work at 2 s a second.
    /// After jobs that took twice their estimate it is twice that.
    @Test func tellsWhenTheLaneWillHaveDrained() {
        var queue = Queue(limits: Self.limits(jobs: 3))
        func refusal() -> Int? {
            let offer = queue.offer(9, lane: .large, cost: 4_000_000, deadline: Self.never)
            guard case .refused(let seconds) = offer else { return nil }
            return seconds
        }
        for _ in 0..<3 { #expect(refusal() == nil) }
        #expect(refusal() == 8)
        for _ in 0..<40 {
            guard case .run(_, let start) = queue.next(now: .zero) else { break }
            queue.finished(start, elapsed: .seconds(8))
            _ = queue.offer(9, lane: .large, cost: 4_000_000, deadline: Self.never)
        }
        #expect(refusal() == 16)
    }

    @Test func aRefusalIsFromOneSecondToTwoMinutes() {
        var queue = Queue(limits: Self.limits(jobs: 1))
        _ = queue.offer(0, lane: .small, cost: 1, deadline: Self.never)
        _ = queue.offer(0, lane: .large, cost: .max, deadline: Self.never)
        guard case .refused(1) = queue.offer(0, lane: .small, cost: 1, deadline: Self.never),
            case .refused(120) = queue.offer(0, lane: .large, cost: 1, deadline: Self.never)
        else {
            Issue.record("out of range")
            return
        }
    }

    @Test func whatWaitedTooLongExpires() {
        var queue = Queue(limits: Self.limits())
        _ = queue.offer(1, lane: .small, cost: 1, deadline: .seconds(1))
        _ = queue.offer(2, lane: .large, cost: 1, deadline: .seconds(3))
        _ = queue.offer(3, lane: .small, cost: 1, deadline: .seconds(2))
        let earliest = queue.earliestDeadline
        #expect(earliest == .seconds(1))
        guard case .expired(1) = queue.next(now: .seconds(1)),
            case .run(3, _) = queue.next(now: .seconds(1))
        else {
            Issue.record("the wrong job")
            return
        }
        let expired = queue.expire(now: .seconds(3))
        let left = Lane.allCases.map { queue.waiting(in: $0) }
        #expect(expired == [2] && left == [0, 0, 0])
    }

    @Test func aCancelledJobDoesNotRun() {
        var queue = Queue(limits: Self.limits())
        guard case .queued(let first) = queue.offer(1, lane: .small, cost: 1, deadline: Self.never),
            case .queued(let second) = queue.offer(2, lane: .small, cost: 1, deadline: Self.never)
        else {
            Issue.record("refused")
            return
        }
        let (cancelled, again) = (queue.cancel(first), queue.cancel(first))
        #expect(cancelled == 1 && again == nil)
        guard case .run(2, _) = queue.next(now: .zero) else {
            Issue.record("the wrong job")
            return
        }
        let late = queue.cancel(second)
        #expect(late == nil)
    }

    @Test func aLaneAtItsRunningLimitLeavesTheWorkersToOthers() {
        var limits = Self.limits()
        limits.large.running = 1
        var queue = Queue(limits: limits)
        for job in 0..<3 { _ = queue.offer(job, lane: .large, cost: 1, deadline: Self.never) }
        guard case .run(_, let start) = queue.next(now: .zero), case nil = queue.next(now: .zero)
        else {
            Issue.record("two large jobs at once")
            return
        }
        queue.finished(start, elapsed: .zero)
        guard case .run = queue.next(now: .zero) else {
            Issue.record("the lane is stuck")
            return
        }
    }

    /// All lanes always full: what each was served is its weight's share within a round and a job.
    @Test(arguments: UInt64(0)..<8)
    func lanesShareByWeightAndNoneStarves(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = Queue(limits: Self.limits())
        let largest: [Lane: UInt64] = [.small: 30_000, .large: 900_000, .background: 2_000_000]
        var served: [Lane: UInt64] = [:]
        for _ in 0..<20_000 {
            for lane in Lane.allCases where queue.waiting(in: lane) < 2 {
                let cost = UInt64.random(in: 1...(largest[lane] ?? 1), using: &random)
                _ = queue.offer(0, lane: lane, cost: cost, deadline: Self.never)
            }
            guard case .run(_, let start) = queue.next(now: .zero) else {
                Issue.record("nothing to do with full lanes")
                return
            }
            served[start.lane, default: 0] += start.cost
            queue.finished(start, elapsed: .microseconds(Int(start.cost)))
        }
        let shares = [Lane.small: 8.0, .large: 3, .background: 1].map { lane, weight in
            Double(served[lane] ?? 0) / weight
        }
        guard let least = shares.min(), let most = shares.max() else { return }
        #expect(most - least < 2_100_000, "\(served)")
    }

    /// Whatever happens in whatever order: bounds hold and every job ends once.
    @Test(arguments: UInt64(0)..<16)
    func everyJobEndsOnce(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limits = Self.limits(jobs: 20, cost: 5_000_000, bytes: 10_000, running: 2)
        var queue = Queue(limits: limits)
        var now = Duration.zero
        var waiting: [Int: Queue.Ticket] = [:]
        var running: [Queue.Start] = []
        var ends: [Int: Int] = [:]
        func end(_ job: Int) {
            ends[job, default: 0] += 1
            waiting[job] = nil
        }
        for job in 0..<4000 {
            now += .milliseconds(Int.random(in: 0...20, using: &random))
            let lane = Lane.allCases.randomElement(using: &random) ?? .small
            let offer = queue.offer(
                job, lane: lane, cost: UInt64.random(in: 0...1_000_000, using: &random),
                bytes: UInt64.random(in: 0...1000, using: &random),
                deadline: now + .milliseconds(Int.random(in: 0...500, using: &random)))
            switch offer {
            case .queued(let ticket): waiting[job] = ticket
            case .refused(let seconds):
                #expect(1...120 ~= seconds)
                end(job)
            }
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                if let (_, ticket) = waiting.randomElement(using: &random) {
                    let cancelled = queue.cancel(ticket)
                    #expect(cancelled != nil)
                    cancelled.map(end)
                }
            case 1: queue.expire(now: now).forEach(end)
            case 2, 3:
                switch queue.next(now: now) {
                case .run(let job, let start):
                    end(job)
                    running.append(start)
                case .expired(let job): end(job)
                case nil: break
                }
            default:
                if !running.isEmpty {
                    let elapsed = Duration.milliseconds(Int.random(in: 0...900, using: &random))
                    queue.finished(running.removeFirst(), elapsed: elapsed)
                }
            }
            for lane in Lane.allCases {
                let (count, cost) = (queue.waiting(in: lane), queue.waitingCost(in: lane))
                let active = queue.running(in: lane)
                #expect(count <= 20 && (cost <= 5_000_000 || count == 1) && active <= 2)
            }
            let bytes = queue.waitingBytes
            #expect(bytes <= 10_000)
        }
        queue.expire(now: now + .seconds(1)).forEach(end)
        let bytes = queue.waitingBytes
        #expect(waiting.isEmpty && bytes == 0)
        #expect(ends.count == 4000 && ends.values.allSatisfy { $0 == 1 })
    }
}
