/// Appends fields, each a tag, a length and so many bytes, so that a reader can step over those it
/// does not know.
struct FieldWriter {
    private(set) var bytes: [UInt8]

    /// - Parameter version: the first byte; only a change that an older reader must not step over
    /// raises it.
    init(version: UInt8) {
        bytes = [version]
        bytes.reserveCapacity(192)
    }

    /// Little-endian without leading zeros: zero has no bytes at all.
    mutating func append(_ number: UInt64, _ tag: UInt8) {
        let count = (64 - number.leadingZeroBitCount + 7) / 8
        append(tag, byteCount: count)
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
    }

    mutating func append(signed number: Int64, _ tag: UInt8) {
        append(UInt64(bitPattern: number << 1 ^ number >> 63), tag)
    }

    mutating func append(_ text: String, _ tag: UInt8) {
        append(tag, byteCount: text.utf8.count)
        bytes += text.utf8
    }

    mutating func append(_ content: [UInt8], _ tag: UInt8) {
        append(tag, byteCount: content.count)
        bytes += content
    }

    private mutating func append(_ tag: UInt8, byteCount: Int) {
        bytes.append(tag)
        var left = byteCount
        while left >= 0x80 {
            bytes.append(UInt8(left & 0x7F | 0x80))
            left >>= 7
        }
        bytes.append(UInt8(left))
    }
}
