import Coalescing
import TestSupport
import Testing

/// What clients get of one lane.
@Suite struct SharingTests {
    typealias Queue = AdmissionQueue<Int>

    static let never = Duration.seconds(1_000_000)

    static func client(_ number: Int) -> JobClient {
        JobClient(SIMD16(repeating: UInt8(truncatingIfNeeded: number)))
    }

    @Test func whoComesNewDoesNotWaitBehindABacklog() {
        var queue = Queue(limits: AdmissionLimits(workers: 2))
        for job in 0..<100 {
            _ = queue.offer(
                job, of: Self.client(1), lane: .small, cost: 10, deadline: Self.never)
        }
        for _ in 0..<50 { _ = queue.next(now: .zero) }
        _ = queue.offer(1000, of: Self.client(2), lane: .small, cost: 10, deadline: Self.never)
        guard case .run(1000, _) = queue.next(now: .zero) else {
            Issue.record("it waits")
            return
        }
    }

    /// Clients who always have jobs waiting, with costs of their own that are not what they were
    /// estimated at: each is served for the same time, give or take what one job and its correction
    /// are.
    @Test(arguments: UInt64(0)..<8)
    func clientsAreServedForTheSameTime(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = Queue(limits: AdmissionLimits(workers: 2))
        let real = [1: 1_000, 2: 20_000, 3: 900_000]
        var served: [JobClient: Int] = [:]
        for _ in 0..<20_000 {
            for number in 1...3 {
                _ = queue.offer(
                    number, of: Self.client(number), lane: .small,
                    cost: UInt64.random(in: 1...40_000, using: &random), deadline: Self.never)
            }
            guard case .run(let number, let start) = queue.next(now: .zero) else {
                Issue.record("nothing to do with a full lane")
                return
            }
            let elapsed = real[number] ?? 0
            served[start.client, default: 0] += elapsed
            queue.finished(start, elapsed: .microseconds(elapsed))
        }
        let times = (1...3).map { served[Self.client($0)] ?? 0 }
        guard let least = times.min(), let most = times.max() else { return }
        #expect(most - least < 2_000_000, "\(times)")
    }

    /// As many clients as there are jobs: none is told apart for ever, and none that waits is
    /// forgotten.
    @Test func aCrowdOfClientsIsServedInItsOrder() {
        var queue = Queue(limits: AdmissionLimits(workers: 2))
        var (next, served): (Int, [Int]) = (0, [])
        for _ in 0..<20_000 {
            var bytes = SIMD16<UInt8>(repeating: 0)
            for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: next >> (8 * index)) }
            _ = queue.offer(
                next, of: JobClient(bytes), lane: .small, cost: 10, deadline: Self.never)
            next += 1
            guard next > 100, case .run(let job, let start) = queue.next(now: .zero)
            else { continue }
            served.append(job)
            queue.finished(start, elapsed: .seconds(1))
        }
        #expect(served == Array(0..<served.count))
    }

    @Test func aLoneClientHasAllOfALane() {
        var limits = AdmissionLimits(workers: 2)
        limits.small.jobs = 10
        var queue = Queue(limits: limits)
        let taken = (0..<11).map { job -> Bool in
            let offer = queue.offer(
                job, of: Self.client(1), lane: .small, cost: 1, deadline: Self.never)
            guard case .queued = offer else { return false }
            return true
        }
        let displaced = queue.takeDisplaced()
        #expect(taken == Array(repeating: true, count: 10) + [false] && displaced.isEmpty)
    }

    @Test func bytesOfOneClientMakeRoomForAnothers() {
        var limits = AdmissionLimits(workers: 2)
        limits.bytes = 100
        var queue = Queue(limits: limits)
        for job in 0..<4 {
            _ = queue.offer(
                job, of: Self.client(1), lane: .large, cost: 1, bytes: 25, deadline: Self.never)
        }
        let offer = queue.offer(
            9, of: Self.client(2), lane: .small, cost: 1, bytes: 30, deadline: Self.never)
        let (displaced, bytes) = (queue.takeDisplaced(), queue.waitingBytes)
        guard case .queued = offer else {
            Issue.record("refused")
            return
        }
        #expect(displaced == [3, 2] && bytes == 80)
    }

    @Test func aWaitIsForeseenByTheClientsShare() {
        var queue = Queue(limits: AdmissionLimits(workers: 1))
        for job in 0..<10 {
            _ = queue.offer(
                job, of: Self.client(1), lane: .large, cost: 1_000_000, deadline: Self.never)
        }
        let own = queue.expectedWait(in: .large, of: Self.client(1), cost: 500_000)
        let others = queue.expectedWait(in: .large, of: Self.client(2), cost: 500_000)
        #expect(own == .seconds(10) && others == .milliseconds(500))
    }
}
