internal import CTLS

/// Where sessions leave what is for their peers. One loop's sessions share it: it is emptied before
/// the next one writes.
@safe package final class TLSOutput {
    /// Four records, which is what a socket takes at once.
    package static let plainByteCount = 4 * TLSSession.recordByteCount

    var raw: CTLSOutput

    package init() {
        let capacity = Self.plainByteCount + 5 * Int(CTLS_recordOverhead)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        unsafe raw = CTLSOutput(bytes: memory, capacity: capacity, count: 0)
    }

    deinit { unsafe raw.bytes?.deallocate() }

    package var isEmpty: Bool { unsafe raw.count == 0 }

    package func removeAll() { unsafe raw.count = 0 }

    @inline(__always)
    package func withBytes<R, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> R
    ) throws(Failure) -> R {
        let bytes = unsafe UnsafeBufferPointer(start: raw.bytes, count: raw.count)
        return try unsafe body(bytes.span)
    }
}
