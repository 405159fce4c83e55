/// A moment in UTC as RFC 3339 writes it, to the millisecond.
package struct Timestamp {
    private let day: CalendarDay
    private let millisecondOfDay: Int

    /// - Parameter microseconds: since 1970.
    package init(microseconds: UInt64) {
        let milliseconds = Int(microseconds / 1000)
        day = CalendarDay(daysSince1970: milliseconds / 86_400_000)
        millisecondOfDay = milliseconds % 86_400_000
    }

    /// `1994-11-06T08:49:37.000Z`
    package func append(to bytes: inout [UInt8]) {
        Self.append(day.year, digits: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(day.month, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(day.day, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        Self.append(millisecondOfDay / 3_600_000, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.append(millisecondOfDay / 60_000 % 60, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.append(millisecondOfDay / 1000 % 60, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        Self.append(millisecondOfDay % 1000, digits: 3, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func append(_ value: Int, digits: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
