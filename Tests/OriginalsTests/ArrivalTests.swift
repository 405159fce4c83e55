import Synchronization
import Testing

@testable import Originals

@Suite struct ArrivalTests {
    private final class Reader {}

    /// A connection asks each time something comes on it; a reset stream asks no more.
    @Test func aReaderWaitsOnceHoweverOftenItAsks() {
        let arrival = Arrival()
        let (first, second) = (Reader(), Reader())
        let told = Mutex<[Int]>([])
        for number in 0..<3 {
            arrival.whenMore(of: 0..<100, for: first) { told.withLock { $0.append(number) } }
        }
        arrival.whenMore(of: 50..<100, for: second) { told.withLock { $0.append(9) } }
        #expect(arrival.watcherCount == 2)
        arrival.has(10)
        #expect(told.withLock { $0 } == [2] && arrival.watcherCount == 1)
        // There is something for it already.
        arrival.whenMore(of: 0..<100, for: first) { told.withLock { $0.append(4) } }
        #expect(told.withLock { $0 } == [2, 4] && arrival.watcherCount == 1)
        arrival.leave(second)
        #expect(arrival.watcherCount == 0)
        arrival.has(80)
        #expect(told.withLock { $0 } == [2, 4])
    }
}
