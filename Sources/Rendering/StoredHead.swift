internal import HTTP
internal import LinuxIO
package import Rendition

/// What the cache keeps beside a rendition's bytes: a private part for the image document, then
/// the field lines of its answers, ready to send.
///
/// Layout, little-endian: version `UInt8` = 1, format `UInt8`, width, height `UInt16`, created at
/// `Int64` (µs since 1970), target length `UInt16`, target, field lines.
package struct StoredHead {
    private static let version: UInt8 = 1
    private static let fixedByteCount = 16

    package let format: OutputFormat
    package let width: UInt16
    package let height: UInt16
    package let createdAtMicroseconds: Int64
    /// The canonical URL, for the image document.
    package let target: [UInt8]

    package init(
        format: OutputFormat, width: UInt16, height: UInt16, createdAtMicroseconds: Int64,
        target: [UInt8]
    ) {
        self.format = format
        self.width = width
        self.height = height
        self.createdAtMicroseconds = createdAtMicroseconds
        self.target = target
    }

    /// `nil` for bytes that were not made by `encoded`.
    package init?(_ bytes: [UInt8]) {
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
        }
        guard bytes.count >= Self.fixedByteCount, bytes[0] == Self.version,
            let format = OutputFormat(rawValue: bytes[1])
        else { return nil }
        let targetCount = Int(number(14, 2))
        guard bytes.count >= Self.fixedByteCount + targetCount else { return nil }
        self.format = format
        width = UInt16(number(2, 2))
        height = UInt16(number(4, 2))
        createdAtMicroseconds = Int64(bitPattern: number(6, 8))
        target = Array(bytes[Self.fixedByteCount..<Self.fixedByteCount + targetCount])
    }

    package func encoded(with fieldLines: [UInt8]) -> [UInt8] {
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
    package static func fieldLinesOffset(_ bytes: RawSpan) -> Int {
        unsafe fixedByteCount
            + Int(bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 14, as: UInt16.self))
    }

    private static func append(_ value: UInt64, _ byteCount: Int, to bytes: inout [UInt8]) {
        for index in 0..<byteCount {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
        }
    }
}

extension StoredHead {
    /// Stored when the clock was ahead, field lines say what has not been yet: then an answer is as
    /// old as itself (RFC 9110 §8.8.2.1).
    package static func notAhead(_ fieldLines: [UInt8], lastModified seconds: Int64) -> [UInt8] {
        let now = Clock.coarseWallSeconds()
        guard seconds > now else { return fieldLines }
        var lines = OutputBuffer()
        for line in fieldLines.split(separator: UInt8(ascii: "\n")) {
            if line.span.starts(with: "Last-Modified:") {
                lines.appendField("Last-Modified", HTTPDate(secondsSince1970: now))
            } else {
                lines.append(line.span)
                lines.append("\n")
            }
        }
        return lines.copy()
    }
}
