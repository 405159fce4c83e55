/// A number in a byte: its power of two and the three bits below, the rest cut off. Zero is zero.
package struct BriefNumber: Hashable, Sendable {
    let code: UInt8

    init(code: UInt8) { self.code = code }

    package init(_ number: UInt32) {
        guard number > 0 else {
            code = 0
            return
        }
        let power = 31 - number.leadingZeroBitCount
        let below = (UInt64(number) << 3) >> UInt64(power) & 7
        code = UInt8(clamping: 1 + power << 3 + Int(below))
    }

    package var value: UInt64 {
        guard code > 0 else { return 0 }
        let (power, below) = (UInt64(code - 1) >> 3, UInt64(code - 1) & 7)
        return ((8 | below) << power) >> 3
    }
}
