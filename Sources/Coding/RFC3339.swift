/// Times as clients write them (RFC 3339 §5.6): any offset, any number of decimals, small letters.
package enum RFC3339 {
    /// Microseconds since 1970, what is finer cut off; `nil` for anything else.
    package static func microseconds(_ text: String) -> Int64? {
        var digits = Digits(bytes: Array(text.utf8))
        guard let year = digits.number(4), digits.take("-"), let month = digits.number(2),
            digits.take("-"), let day = digits.number(2), digits.take("T") || digits.take("t"),
            let hour = digits.number(2), digits.take(":"), let minute = digits.number(2),
            digits.take(":"), let second = digits.number(2), let fraction = digits.fraction(),
            let offset = digits.offsetMinutes(), digits.isAtEnd,
            let date = CalendarDay(year: year, month: month, day: day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let minutes = date.daysSince1970 * 1440 + hour * 60 + minute - offset
        // A leap second is the last of a day in UTC; it counts as the one after it.
        guard second < 60 || (minutes + 1).isMultiple(of: 1440) else { return nil }
        return Int64(minutes * 60 + second) * 1_000_000 + fraction
    }

    /// One pass over the text.
    private struct Digits {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func take(_ mark: Unicode.Scalar) -> Bool {
            guard next == UInt8(ascii: mark) else { return false }
            position += 1
            return true
        }

        private mutating func digit() -> Int? {
            guard let byte = next, 0x30...0x39 ~= byte else { return nil }
            position += 1
            return Int(byte - UInt8(ascii: "0"))
        }

        /// Of exactly so many digits.
        mutating func number(_ count: Int) -> Int? {
            var number = 0
            for _ in 0..<count {
                guard let digit = digit() else { return nil }
                number = number * 10 + digit
            }
            return number
        }

        /// Microseconds behind a point, 0 without one; `nil` for a point without digits.
        mutating func fraction() -> Int64? {
            guard take(".") else { return 0 }
            guard let first = digit() else { return nil }
            var (fraction, unit) = (Int64(first) * 100_000, Int64(10_000))
            while let digit = digit() {
                fraction += Int64(digit) * unit
                unit /= 10
            }
            return fraction
        }

        /// East of UTC.
        mutating func offsetMinutes() -> Int? {
            if take("Z") || take("z") { return 0 }
            let isWest = next == UInt8(ascii: "-")
            guard take("+") || take("-"), let hours = number(2), take(":"),
                let minutes = number(2), hours < 24, minutes < 60
            else { return nil }
            return (isWest ? -1 : 1) * (hours * 60 + minutes)
        }
    }
}
