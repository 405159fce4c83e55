import Coding
import Testing

@Suite struct CalendarDayTests {
    /// Every day of some centuries, one after the other, and single ones far away.
    @Test func countsEveryDay() throws {
        var expected = try #require(CalendarDay(year: 1599, month: 12, day: 31)).daysSince1970
        for year in 1600...2101 {
            for month in 1...12 {
                var day = 1
                while let date = CalendarDay(year: year, month: month, day: day) {
                    expected += 1
                    #expect(date.daysSince1970 == expected)
                    #expect(CalendarDay(daysSince1970: expected) == date)
                    day += 1
                }
                #expect((29...32).contains(day))
            }
        }
        #expect(CalendarDay(year: 1970, month: 1, day: 1)?.daysSince1970 == 0)
        #expect(CalendarDay(year: 1, month: 1, day: 1)?.daysSince1970 == -719_162)
        #expect(CalendarDay(year: 9999, month: 12, day: 31)?.daysSince1970 == 2_932_896)
    }

    @Test(arguments: [
        (2025, 2, 29), (1900, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 0, 1), (2024, 13, 1),
        (2024, 1, 0), (2024, 1, 32),
    ])
    func refusesWhatTheCalendarDoesNotHave(year: Int, month: Int, day: Int) {
        #expect(CalendarDay(year: year, month: month, day: day) == nil)
    }

    @Test(arguments: [(2000, 2, 29), (2024, 2, 29), (2024, 12, 31)])
    func knowsLeapYears(year: Int, month: Int, day: Int) {
        #expect(CalendarDay(year: year, month: month, day: day) != nil)
    }
}

@Suite struct RFC3339Tests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1985-04-12T23:20:50.52Z", 482_196_050_520_000),
        ("1996-12-19T16:39:57-08:00", 851_042_397_000_000),
        ("1937-01-01t12:00:27.8700001+00:20", -1_041_337_172_130_000),
        ("1990-12-31T23:59:60Z", 662_688_000_000_000),
    ])
    func readsTimes(text: String, microseconds: Int64) {
        #expect(RFC3339.microseconds(text) == microseconds)
    }

    @Test func readsWhatItWrites() {
        for microseconds in stride(
            from: UInt64(0), to: 253_402_300_800_000_000, by: 86_399_999_000_007)
        {
            var text: [UInt8] = []
            Timestamp(microseconds: microseconds).append(to: &text)
            #expect(
                RFC3339.microseconds(String(decoding: text, as: UTF8.self))
                    == Int64(microseconds / 1000 * 1000))
        }
    }
}
