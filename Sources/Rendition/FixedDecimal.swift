/// Numbers in URLs: unsigned, exact, in units of the last decimal allowed. No floating point.
enum FixedDecimal {
    /// `nil` for a sign, an exponent, a leading zero, no digit on a side of the point, more
    /// decimals than allowed, or more than `digits` before the point. Trailing zeros pass.
    static func parse(_ bytes: Span<UInt8>, decimals: Int, digits: Int = 5) -> Int? {
        var index = 0
        var value = 0
        while index < bytes.count, let digit = digit(bytes[index]) {
            guard index < digits, index == 0 || value > 0 else { return nil }
            value = value * 10 + digit
            index += 1
        }
        guard index > 0 else { return nil }
        var missing = decimals
        if index < bytes.count {
            guard bytes[index] == UInt8(ascii: "."), index + 1 < bytes.count else { return nil }
            index += 1
            while index < bytes.count {
                guard missing > 0, let digit = digit(bytes[index]) else { return nil }
                value = value * 10 + digit
                missing -= 1
                index += 1
            }
        }
        for _ in 0..<missing { value *= 10 }
        return value
    }

    private static func digit(_ byte: UInt8) -> Int? {
        let value = byte &- UInt8(ascii: "0")
        return value < 10 ? Int(value) : nil
    }
}
