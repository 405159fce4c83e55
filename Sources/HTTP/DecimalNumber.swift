/// Unsigned decimal numbers in ASCII, as in Content-Length, Range and the parameters of a query.
package enum DecimalNumber {
    /// The number the digits in `range` make; `nil` if it does not fit 64 bits.
    ///
    /// - Precondition: `range` holds digits only.
    static func parse(_ bytes: Span<UInt8>, in range: Range<Int>) -> UInt64? {
        var number: UInt64 = 0
        for index in range {
            let (tenfold, overflowed) = number.multipliedReportingOverflow(by: 10)
            let digit = UInt64(bytes[index] &- UInt8(ascii: "0"))
            let (sum, carried) = tenfold.addingReportingOverflow(digit)
            if overflowed || carried { return nil }
            number = sum
        }
        return number
    }

    /// `nil` for anything but digits; Swift's own initialisers take a sign, too.
    package static func parse(_ text: some StringProtocol) -> Int? {
        text.utf8.allSatisfy(\.isDigit) ? Int(text) : nil
    }
}
