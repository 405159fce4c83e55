import LinuxIO
import Testing

@testable import Edge
@testable import HTTPServer
@testable import Originals

@Suite struct ArrivingSourceTests {
    @Test func whatNobodySendsAnyMoreWaitsForNothing() {
        let arrival = Arrival()
        var source: ArrivingSource? = ArrivingSource(arrival)
        for _ in 0..<3 {
            #expect(source?.send(0..<10, by: .none) == .wouldBlock)
            source?.whenMore {}
        }
        #expect(arrival.watcherCount == 1)
        source = nil
        #expect(arrival.watcherCount == 0)
    }
}
