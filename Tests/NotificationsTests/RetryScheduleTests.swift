import Testing

@testable import Notifications

@Suite struct RetryScheduleTests {
    private let schedule = RetrySchedule(delays: [.seconds(5), .seconds(300)])

    @Test func waitsLongerEachTimeAndThenGivesUp() {
        #expect(schedule.delay(afterFailures: 1, lot: 0.5) == .seconds(5))
        #expect(schedule.delay(afterFailures: 2, lot: 0.5) == .seconds(300))
        #expect(schedule.delay(afterFailures: 3, lot: 0.5) == nil)
    }

    @Test func spreadsWhatFailedTogether() {
        #expect(schedule.delay(afterFailures: 1, lot: 0) == .seconds(4))
        #expect(schedule.delay(afterFailures: 1, lot: 0.75) == .seconds(5.5))
    }

    @Test func waitsAsLongAsItIsAskedToButNotForEver() {
        func delay(asked: Duration) -> Duration? {
            schedule.delay(afterFailures: 1, lot: 0.5, asked: asked)
        }
        #expect(delay(asked: .seconds(60)) == .seconds(60))
        #expect(delay(asked: .seconds(1)) == .seconds(5))
        #expect(delay(asked: .seconds(Int64.max)) == .seconds(86_400))
        #expect(schedule.delay(afterFailures: 3, lot: 0.5, asked: .seconds(60)) == nil)
    }
}
