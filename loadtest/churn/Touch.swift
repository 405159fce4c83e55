enum Touch {
    /// Reads a byte of every page, as a send would.
    static func everyPage(of bytes: RawSpan) -> UInt8 {
        var sum: UInt8 = 0
        for offset in stride(from: 0, to: bytes.byteCount, by: 4096) {
            sum &+= unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
        }
        return sum
    }
}
