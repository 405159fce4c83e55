/// A place in a request head's bytes, counted from the first byte given to the parser.
///
/// Two bytes each are enough: `HeadLimits` keeps heads below 64 KiB.
package struct Slice: Hashable, Sendable {
    package let offset: UInt16
    package let length: UInt16

    package static let none = Slice(offset: 0, length: 0)

    package init(offset: UInt16, length: UInt16) {
        self.offset = offset
        self.length = length
    }

    /// The parser's: both lie within `HeadLimits.largestHeadByteCount`.
    init(from start: Int, to end: Int) {
        offset = UInt16(truncatingIfNeeded: start)
        length = UInt16(truncatingIfNeeded: end - start)
    }

    package var isEmpty: Bool { length == 0 }
    package var startOffset: Int { Int(offset) }
    package var endOffset: Int { Int(offset) + Int(length) }

    /// For `bytes.extracting(slice.range)`.
    package var range: Range<Int> { startOffset..<endOffset }
}
