/// How much of a request head is read before it is refused.
package struct HeadLimits: Hashable, Sendable {
    /// Offsets into a head are two bytes wide.
    package static let largestHeadByteCount = 65_535

    /// The longest request target; more is 414.
    package var targetByteCount: Int
    /// The whole head with its blank line; more is 431.
    package var headByteCount: Int
    /// Field lines; more is 431.
    package var fieldCount: Int

    package init(
        targetByteCount: Int = 8192, headByteCount: Int = 16_384, fieldCount: Int = 100
    ) {
        precondition(0 < headByteCount && headByteCount <= Self.largestHeadByteCount)
        self.targetByteCount = targetByteCount
        self.headByteCount = headByteCount
        self.fieldCount = fieldCount
    }
}
