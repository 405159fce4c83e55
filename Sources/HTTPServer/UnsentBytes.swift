internal import LinuxIO

/// Bytes that a socket did not take, until it does.
struct UnsentBytes {
    private var bytes: [UInt8] = []
    private var start = 0

    var count: Int { bytes.count - start }
    /// With those before them that went already: what they take of memory.
    var heldByteCount: Int { bytes.count }

    /// Behind those that are kept.
    mutating func keep(_ rest: [UInt8]) {
        if count == 0 { (bytes, start) = (rest, 0) } else { bytes += rest }
    }

    /// Offers them to `send`; what it takes goes.
    mutating func flush(by send: (Span<UInt8>) -> IOResult) -> IOResult {
        let kept = bytes
        let result = send(kept.span.extracting(droppingFirst: start))
        guard case .moved(let sent) = result else { return result }
        start += sent
        if count == 0 { (bytes, start) = ([], 0) }
        return result
    }
}
