import Glibc
import LinuxIO
import Synchronization
import Testing

@Suite struct BlockingPoolTests {
    /// Each waits for the other: with one thread they would for ever.
    @Test func itsThreadsMayBlockOneAnother() async throws {
        let pool = try BlockingPool(threadCount: 2)
        let (ping, pong) = (Semaphore(), Semaphore())
        let first = Task(executorPreference: pool) {
            ping.signal()
            return pong.wait(milliseconds: 10_000)
        }
        let second = Task(executorPreference: pool) {
            pong.signal()
            return ping.wait(milliseconds: 10_000)
        }
        #expect(await first.value)
        #expect(await second.value)
    }

    @Test func everyJobRunsOnceInOrderOnOneThread() async throws {
        let pool = try BlockingPool(threadCount: 1)
        let gate = Semaphore()
        let order = Order()
        // Held up first, so that a queue builds up and is taken from while it grows.
        let first = Task(executorPreference: pool) { _ = gate.wait(milliseconds: 10_000) }
        var tasks: [Task<Void, Never>] = []
        for number in 0..<1000 {
            tasks.append(Task(executorPreference: pool) { order.add(number) })
            if number == 500 { gate.signal() }
        }
        await first.value
        for task in tasks { await task.value }
        #expect(order.numbers == Array(0..<1000))
    }

    private final class Order: Sendable {
        private let state = Mutex<[Int]>([])
        func add(_ number: Int) { state.withLock { $0.append(number) } }
        var numbers: [Int] { state.withLock { $0 } }
    }
}

@Suite struct SemaphoreTests {
    @Test func aWaitEndsBySignalOrByTime() {
        let semaphore = Semaphore()
        #expect(!semaphore.wait(milliseconds: 0))
        #expect(!semaphore.wait(milliseconds: 20))
        semaphore.signal()
        semaphore.signal()
        #expect(semaphore.wait(milliseconds: 10_000))
        #expect(semaphore.wait(milliseconds: 0))
        #expect(!semaphore.wait(milliseconds: 0))
    }
}
