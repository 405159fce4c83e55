import HTTP2
import Testing

@Suite struct GrowingWindowTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func itDoublesWhileAllOfItComesWithinASecond() {
        var window = GrowingWindow(1000, upTo: 3000, at: 0)
        #expect(window.came(999, at: 1) == nil)
        #expect(window.came(1, at: Self.second - 1) == 2000)
        #expect(window.came(2000, at: Self.second) == 3000)
        #expect(window.came(9000, at: Self.second) == nil)
        #expect(window.byteCount == 3000)
    }

    @Test func itStaysWhereItComesSlowly() {
        var window = GrowingWindow(1000, upTo: 3000, at: 0)
        #expect(window.came(1000, at: Self.second) == nil)
        #expect(window.came(999, at: Self.second) == nil)
        #expect(window.came(1, at: 2 * Self.second) == nil)
        #expect(window.came(1000, at: 2 * Self.second) == 2000)
    }
}
