/// The three forms a recipient must understand (RFC 9110 §5.6.7):
///
///     Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate
///     Sunday, 06-Nov-94 08:49:37 GMT    RFC 850
///     Sun Nov  6 08:49:37 1994          asctime
extension HTTPDate {
    /// `nil` unless the whole of `bytes` is one of the forms and a day of the calendar. The name
    /// of the day has to be one, but not the right one.
    package init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= 24 else { return nil }
        var reader = DateReader()
        if bytes[3] == .comma {
            reader.readFixdate(bytes)
        } else if bytes[3] == .space {
            reader.readAsctime(bytes)
        } else {
            reader.readRFC850(bytes)
        }
        guard reader.isValid, reader.position == bytes.count else { return nil }
        self.init(
            year: reader.year, month: reader.month, day: reader.day,
            hour: reader.hour, minute: reader.minute, second: reader.second)
    }
}

/// Walks over a date; once something is not as it should be, `isValid` stays false.
private struct DateReader {
    var position = 0
    var isValid = true
    var year = 0
    var month = 0
    var day = 0
    var hour = 0
    var minute = 0
    var second = 0

    mutating func readFixdate(_ bytes: Span<UInt8>) {
        readWeekday(bytes)
        expect(", ", bytes)
        day = number(bytes, digits: 2)
        expect(" ", bytes)
        readMonth(bytes)
        expect(" ", bytes)
        year = number(bytes, digits: 4)
        expect(" ", bytes)
        readTime(bytes)
        expect(" GMT", bytes)
    }

    /// Two digits of a year mean one of 1970…2069, so that no clock is needed here. The rule, fifty
    /// years around the reader's clock, differs only for dates that are decades away.
    mutating func readRFC850(_ bytes: Span<UInt8>) {
        readLongWeekday(bytes)
        expect(", ", bytes)
        day = number(bytes, digits: 2)
        expect("-", bytes)
        readMonth(bytes)
        expect("-", bytes)
        let lastDigits = number(bytes, digits: 2)
        year = lastDigits < 70 ? 2000 + lastDigits : 1900 + lastDigits
        expect(" ", bytes)
        readTime(bytes)
        expect(" GMT", bytes)
    }

    mutating func readAsctime(_ bytes: Span<UInt8>) {
        readWeekday(bytes)
        expect(" ", bytes)
        readMonth(bytes)
        expect(" ", bytes)
        if position < bytes.count, bytes[position] == .space {
            position += 1
            day = number(bytes, digits: 1)
        } else {
            day = number(bytes, digits: 2)
        }
        expect(" ", bytes)
        readTime(bytes)
        expect(" ", bytes)
        year = number(bytes, digits: 4)
    }

    private mutating func readTime(_ bytes: Span<UInt8>) {
        hour = number(bytes, digits: 2)
        expect(":", bytes)
        minute = number(bytes, digits: 2)
        expect(":", bytes)
        second = number(bytes, digits: 2)
    }

    private mutating func expect(_ text: StaticString, _ bytes: Span<UInt8>) {
        isValid = isValid && bytes.equals(text, from: position)
        position += text.utf8CodeUnitCount
    }

    private mutating func number(_ bytes: Span<UInt8>, digits: Int) -> Int {
        var number = 0
        for index in position..<position + digits {
            guard index < bytes.count, bytes[index].isDigit else {
                isValid = false
                return 0
            }
            number = number * 10 + Int(bytes[index] - UInt8(ascii: "0"))
        }
        position += digits
        return number
    }

    private mutating func readMonth(_ bytes: Span<UInt8>) {
        month = (1...12).first { bytes.equals(CalendarNames.month($0), from: position) } ?? 0
        position += 3
    }

    private mutating func readWeekday(_ bytes: Span<UInt8>) {
        let isKnown = (0...6).contains {
            bytes.equals(CalendarNames.weekday($0), from: position)
        }
        isValid = isValid && isKnown
        position += 3
    }

    private mutating func readLongWeekday(_ bytes: Span<UInt8>) {
        for index in 0...6 {
            let name = CalendarNames.longWeekday(index)
            if bytes.equals(name, from: position) {
                position += name.utf8CodeUnitCount
                return
            }
        }
        isValid = false
    }
}
