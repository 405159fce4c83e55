import Foundation
import Testing

@testable import HTTP

@Suite struct HTTPDateTests {
    private static func written(_ seconds: Int64) -> String {
        OutputBuffer.written { $0.append(HTTPDate(secondsSince1970: seconds)) }
    }

    private static func read(_ text: String) -> Int64? {
        HTTPDate(Array(text.utf8).span)?.secondsSince1970
    }

    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-62_135_596_800, "Mon, 01 Jan 0001 00:00:00 GMT"),
    ])
    func writesAndReadsFixdates(seconds: Int64, text: String) {
        #expect(Self.written(seconds) == text)
        #expect(Self.read(text) == seconds)
    }

    @Test(arguments: [Int64.min, -62_135_596_801, 253_402_300_800, .max])
    func clampsToFourDigitYears(seconds: Int64) {
        #expect(Self.written(seconds).count == HTTPDate.byteCount)
    }

    /// Foundation's calendar is the other opinion. A step that is prime visits all times of day.
    @Test func agreesWithFoundationThroughFourCenturies() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for seconds in stride(from: Int64(-2_000_000_000), to: 11_000_000_000, by: 1_299_709) {
            let date = Date(timeIntervalSince1970: Double(seconds))
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .weekday], from: date)
            let text = Self.written(seconds)
            #expect(Self.read(text) == seconds)
            #expect(Int(text.dropFirst(12).prefix(4)) == parts.year)
            #expect(Int(text.dropFirst(5).prefix(2)) == parts.day)
            #expect(Int(text.dropFirst(17).prefix(2)) == parts.hour)
            #expect(
                text.dropFirst(8).prefix(3) == CalendarNames.month(parts.month ?? 0).description)
            #expect(text.prefix(3) == CalendarNames.weekday((parts.weekday ?? 0) - 1).description)
        }
    }

    @Test(arguments: [
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777), ("Sun Nov  6 08:49:37 1994", 784_111_777),
        ("Wednesday, 01-Jan-20 00:00:00 GMT", 1_577_836_800),
        ("Thursday, 01-Jan-70 00:00:00 GMT", 0),
        ("Thu Feb 29 23:59:59 2024", 1_709_251_199), ("Mon, 06 Nov 1994 08:49:37 GMT", 784_111_777),
        ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
        ("Tuesday, 31-Dec-69 23:59:59 GMT", 3_155_759_999),
    ])
    func readsTheObsoleteForms(text: String, seconds: Int64) {
        #expect(Self.read(text) == seconds)
    }

    @Test(arguments: [
        "", "yesterday", "0", "Thu, 31 Feb 2030 25:61:61 GMT", "Sun, 31 Apr 1994 08:49:37 GMT",
        "Tue, 29 Feb 2023 00:00:00 GMT", "Mon, 29 Feb 2100 00:00:00 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT", "Xun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT", "Sun,06 Nov 1994 08:49:37 GMT ",
        "Sunday, 06-Nov-1994 08:49:37 GMT", "Someday, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06 Nov 94 08:49:37 GMT  ", "Sun Nov 06 08:49:37 94  ", "Sun Nov   6 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:-1 GMT",
    ])
    func refusesOtherTexts(text: String) {
        #expect(Self.read(text) == nil)
    }
}
