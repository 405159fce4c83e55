internal import Rendition

/// Builds a frame: little-endian, fixed layout, no padding.
struct FrameWriter {
    private(set) var bytes: [UInt8]

    init(kind: FrameKind) {
        bytes = []
        bytes.reserveCapacity(Frame.maxByteCount)
        bytes.append(Frame.version)
        bytes.append(kind.rawValue)
    }

    mutating func put<T: FixedWidthInteger>(_ value: T) {
        var rest = value.littleEndian
        for _ in 0..<(T.bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    mutating func put(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    mutating func put(_ recipe: Recipe) {
        let encoded = recipe.encoded
        for index in encoded.indices { bytes.append(encoded[index]) }
    }

    /// At most `limit` bytes after a count of two, printable ASCII: what is none becomes a blank.
    mutating func put(_ text: String, limit: Int) {
        let kept = text.utf8.prefix(limit).map { 0x20...0x7E ~= $0 ? $0 : 0x20 }
        put(UInt16(kept.count))
        bytes += kept
    }
}
