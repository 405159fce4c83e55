internal import HTTP
internal import Rendition

/// What the cache keeps beside a rendition's bytes: a private part for the image document, then
/// the field lines of its answers, ready to send.
///
/// Layout, little-endian: version `UInt8` = 1, format `UInt8`, width, height `UInt16`, created at
/// `Int64` (µs since 1970), target length `UInt16`, target, field lines.
struct StoredHead {
    static let version: UInt8 = 1
    private static let fixedByteCount = 16

    let format: OutputFormat
    let width: UInt16
    let height: UInt16
    let createdAtMicroseconds: Int64
    /// The canonical URL, for the image document.
    let target: [UInt8]

    func encoded(with fieldLines: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [Self.version, format.rawValue]
        bytes.reserveCapacity(Self.fixedByteCount + target.count + fieldLines.count)
        Self.append(UInt64(width), 2, to: &bytes)
        Self.append(UInt64(height), 2, to: &bytes)
        Self.append(UInt64(bitPattern: createdAtMicroseconds), 8, to: &bytes)
        Self.append(UInt64(target.count), 2, to: &bytes)
        bytes += target
        bytes += fieldLines
        return bytes
    }

    /// Where the field lines begin in a stored head.
    @inline(__always)
    static func fieldLinesOffset(_ bytes: RawSpan) -> Int {
        fixedByteCount
            + Int(bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 14, as: UInt16.self))
    }

    private static func append(_ value: UInt64, _ byteCount: Int, to bytes: inout [UInt8]) {
        for index in 0..<byteCount {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
        }
    }
}
