import Testing

@testable import Events

/// Times are microseconds.
@Suite struct SlowdownTests {
    @Test func afterAFailureOneIsTriedAtATimeAndPausesGrow() {
        var slowdown = Slowdown()
        #expect(slowdown.room(for: 4, besides: 1, at: 0) == 3 && slowdown.next == nil)
        var now: Int64 = 0
        var pauses: [Int64] = []
        for number in 0..<12 {
            let isNews = slowdown.fail(at: now)
            // What was begun before fails with it.
            let isNewsAgain = slowdown.fail(at: now)
            #expect(isNews == (number == 0) && !isNewsAgain)
            #expect(slowdown.room(for: 4, besides: 0, at: now) == 0)
            let next = slowdown.next ?? 0
            #expect(slowdown.room(for: 4, besides: 0, at: next - 1) == 0)
            #expect(slowdown.room(for: 4, besides: 0, at: next) == 1)
            #expect(slowdown.room(for: 4, besides: 1, at: next) == 0)
            pauses.append((next - now) / 1_000_000)
            now = next
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
        let (isNews, isNewsAgain) = (slowdown.succeed(), slowdown.succeed())
        #expect(isNews && !isNewsAgain)
        #expect(slowdown.room(for: 4, besides: 0, at: now) == 4 && slowdown.next == nil)
    }
}
