internal import CH2

/// What the sessions of one loop use one after the other: events that have not been taken, heads of
/// requests, places where bodies belong.
@safe package final class HTTP2Scratch {
    let raw: OpaquePointer
    let gaps: UnsafeMutablePointer<CH2Gap>
    /// Of 16 KiB each in 64 KiB, and small ones between them.
    static let gapLimit = 64

    /// `nil`: there is no memory for it.
    package init?() {
        guard let raw = unsafe CH2_makeScratch() else { return nil }
        unsafe self.raw = raw
        unsafe gaps = .allocate(capacity: Self.gapLimit)
    }

    deinit {
        unsafe CH2_freeScratch(raw)
        unsafe gaps.deallocate()
    }

    /// Lends a request's head, as HTTP/1.1 has it, until the next bytes are received.
    @inline(__always)
    package func withHead<R>(_ place: Range<Int>, _ body: (Span<UInt8>) -> R) -> R {
        let bytes = unsafe UnsafeBufferPointer(
            start: CH2_heads(raw) + place.lowerBound, count: place.count)
        return unsafe body(bytes.span)
    }
}
