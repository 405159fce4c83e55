/// Times as the index's API writes them (RFC 3339), in UTC.
package enum RFC3339 {
    /// Of `2026-01-31T12:00:00Z` or `2026-01-31T12:00:00.25Z`; `nil` for anything else.
    package static func microseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        func number(_ start: Int, _ count: Int) -> Int? {
            let digits = bytes[start..<start + count]
            guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { return nil }
            return Int(String(decoding: digits, as: UTF8.self))
        }
        guard bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"), let year = number(0, 4), let month = number(5, 2),
            let day = number(8, 2), let hour = number(11, 2), let minute = number(14, 2),
            let second = number(17, 2), (1...12).contains(month), (1...31).contains(day),
            hour < 24, minute < 60, second < 60, let fraction = fraction(bytes[19...].dropLast())
        else { return nil }
        let days = daysSince1970(year: year, month: month, day: day)
        return Int64(days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000 + fraction
    }

    private static func fraction(_ bytes: ArraySlice<UInt8>) -> Int64? {
        if bytes.isEmpty { return 0 }
        guard bytes.first == UInt8(ascii: "."), bytes.count <= 7,
            let value = Int64(String(decoding: bytes.dropFirst(), as: UTF8.self))
        else { return nil }
        var scaled = value
        for _ in bytes.count..<8 - 1 { scaled *= 10 }
        return scaled
    }

    /// Counted from 1 March, so that the leap day comes last.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }
}
