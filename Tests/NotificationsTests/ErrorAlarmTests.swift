import Testing

@testable import Notifications

@Suite struct ErrorAlarmTests {
    @Test func raisesOnceAnEpisode() {
        var alarm = ErrorAlarm(threshold: 10, window: .seconds(60))
        var raised: [Int: UInt64] = [:]
        var total: UInt64 = 5
        // Some at once, a steady trickle below the threshold, then a storm, silence, another storm.
        for second in 0..<600 {
            switch second {
            case 100..<120, 400..<405: total += 3
            default: total += second % 20 == 0 ? 1 : 0
            }
            if let count = alarm.observe(total, at: .seconds(second)) { raised[second] = count }
        }
        #expect(raised.keys.sorted().count == 2, "\(raised)")
        #expect(raised.keys.contains { (100..<110).contains($0) })
        #expect(raised.keys.contains { (400..<410).contains($0) })
        #expect(raised.values.allSatisfy { (10..<14).contains($0) })
    }

    @Test func whatWasBeforeTheStartIsNoAlarm() {
        var alarm = ErrorAlarm(threshold: 1, window: .seconds(1))
        #expect(alarm.observe(1000, at: .zero) == nil)
        #expect(alarm.observe(1001, at: .milliseconds(10)) == 1)
        #expect(alarm.observe(1001, at: .seconds(5)) == nil)
        #expect(alarm.observe(1003, at: .seconds(6)) == 2)
    }
}
