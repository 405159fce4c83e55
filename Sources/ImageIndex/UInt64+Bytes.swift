extension UInt64 {
    /// Eight, the largest first: they sort as the numbers do.
    var sortableBytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * $0)) }
    }

    /// - Parameter bytes: at least eight from `place` on.
    init(sortable bytes: Span<UInt8>, at place: Int = 0) {
        self = 0
        for index in place..<place + 8 { self = self << 8 | UInt64(bytes[index]) }
    }
}
