internal import Coding

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
        guard (1...9999).contains(year),
            let date = CalendarDay(year: year, month: month, day: day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        self.init(
            secondsSince1970: Int64(date.daysSince1970) * Self.secondsPerDay
                + Int64(hour * 3600 + minute * 60 + second))
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, on the stack.
    package var text: InlineArray<29, UInt8> {
        let days =
            (secondsSince1970 - Self.flooredRemainder(secondsSince1970, Self.secondsPerDay))
            / Self.secondsPerDay
        let time = Int(Self.flooredRemainder(secondsSince1970, Self.secondsPerDay))
        let weekday = Int(Self.flooredRemainder(days + 4, 7))
        let date = CalendarDay(daysSince1970: Int(days))

        var text = InlineArray<29, UInt8>(repeating: .space)
        Self.write(CalendarNames.weekday(weekday), into: &text, at: 0)
        text[3] = .comma
        Self.write(date.day, digits: 2, into: &text, at: 5)
        Self.write(CalendarNames.month(date.month), into: &text, at: 8)
        Self.write(date.year, digits: 4, into: &text, at: 12)
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
