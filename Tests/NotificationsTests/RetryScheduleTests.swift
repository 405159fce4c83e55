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
}
