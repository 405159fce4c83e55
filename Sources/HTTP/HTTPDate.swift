/// A point in time as HTTP writes it, to the second (RFC 9110 §5.6.7).
package struct HTTPDate: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00:00Z, in the years 1 to 9999.
    package let secondsSince1970: Int64

    private static let secondsPerDay: Int64 = 86_400
    private static let secondsRange = -62_135_596_800...Int64(253_402_300_799)
    /// Of `Sun, 06 Nov 1994 08:49:37 GMT`.
    package static let byteCount = 29

    /// Clamped to the years that four digits can write.
    package init(secondsSince1970: Int64) {
        self.secondsSince1970 = min(
            max(secondsSince1970, Self.secondsRange.lowerBound), Self.secondsRange.upperBound)
    }

    package static func < (left: HTTPDate, right: HTTPDate) -> Bool {
        left.secondsSince1970 < right.secondsSince1970
    }

    /// `nil` for a day that the calendar does not have. Second 60 is a leap second and counts as
    /// the next minute's first.
    init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...Self.dayCount(ofMonth: month, year: year)).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        let days = Int64(Self.daysSince1970(year: year, month: month, day: day))
        self.init(
            secondsSince1970: days * Self.secondsPerDay + Int64(hour * 3600 + minute * 60 + second))
    }

    /// Days behind 1 March of a year that begins in March: then the leap day comes last.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func dayCount(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, on the stack.
    package var text: InlineArray<29, UInt8> {
        let days =
            (secondsSince1970 - Self.flooredRemainder(secondsSince1970, Self.secondsPerDay))
            / Self.secondsPerDay
        let time = Int(Self.flooredRemainder(secondsSince1970, Self.secondsPerDay))
        let weekday = Int(Self.flooredRemainder(days + 4, 7))

        let shifted = Int(days) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)

        var text = InlineArray<29, UInt8>(repeating: .space)
        Self.write(CalendarNames.weekday(weekday), into: &text, at: 0)
        text[3] = .comma
        Self.write(day, digits: 2, into: &text, at: 5)
        Self.write(CalendarNames.month(month), into: &text, at: 8)
        Self.write(year, digits: 4, into: &text, at: 12)
        Self.write(time / 3600, digits: 2, into: &text, at: 17)
        text[19] = .colon
        Self.write(time / 60 % 60, digits: 2, into: &text, at: 20)
        text[22] = .colon
        Self.write(time % 60, digits: 2, into: &text, at: 23)
        Self.write("GMT", into: &text, at: 26)
        return text
    }

    private static func flooredRemainder(_ number: Int64, _ divisor: Int64) -> Int64 {
        let remainder = number % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }

    private static func write(
        _ name: StaticString, into text: inout InlineArray<29, UInt8>, at start: Int
    ) {
        name.withUTF8Buffer { buffer in
            for index in 0..<3 { text[start + index] = unsafe buffer[index] }
        }
    }

    private static func write(
        _ number: Int, digits: Int, into text: inout InlineArray<29, UInt8>, at start: Int
    ) {
        var rest = number
        for index in stride(from: start + digits - 1, through: start, by: -1) {
            text[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}

extension OutputBuffer {
    /// As IMF-fixdate: the only form that may be sent.
    package mutating func append(_ date: HTTPDate) {
        let text = date.text
        append(text.span)
    }
}
