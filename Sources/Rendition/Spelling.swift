internal import Coding

/// The one spelling of a request while it is written; on the stack, so that comparing it with what
/// a client sent costs no allocation.
struct Spelling: ~Copyable {
    /// The longest there is: every option in its longest form takes 348 bytes.
    static let capacity = 384

    private var bytes = InlineArray<384, UInt8>(repeating: 0)
    private var count = 0

    func isSame(as other: Span<UInt8>) -> Bool {
        guard other.count == count else { return false }
        for index in 0..<count where bytes[index] != other[index] { return false }
        return true
    }

    var array: [UInt8] { (0..<count).map { bytes[$0] } }

    mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

    mutating func append(_ word: StaticString) {
        for index in 0..<word.utf8CodeUnitCount { append(word.byte(at: index)) }
    }

    mutating func append(number: Int) {
        if number >= 10 { append(number: number / 10) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    /// A count of `1 / scale`, `scale` a power of ten, in the shortest way.
    mutating func append(decimal value: Int, scale: Int) {
        append(number: value / scale)
        var rest = value % scale
        var place = scale / 10
        if rest > 0 { append(UInt8(ascii: ".")) }
        while rest > 0 {
            append(UInt8(ascii: "0") + UInt8(rest / place))
            rest %= place
            place /= 10
        }
    }

    mutating func append(hex byte: UInt8) {
        append(Hex.digit(byte >> 4))
        append(Hex.digit(byte & 15))
    }
}
