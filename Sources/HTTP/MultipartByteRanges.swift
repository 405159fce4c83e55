/// The framing of a 206 with several ranges (RFC 9110 §14.6, RFC 2046 §5.1.1).
package struct MultipartByteRanges: Hashable, Sendable {
    private let boundary: (high: UInt64, low: UInt64)

    /// - Parameter boundary: 128 random bits, so that no representation can be made to hold them.
    package init(boundary: (high: UInt64, low: UInt64)) { self.boundary = boundary }

    package static func == (left: MultipartByteRanges, right: MultipartByteRanges) -> Bool {
        left.boundary == right.boundary
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(boundary.high)
        hasher.combine(boundary.low)
    }

    /// The `Content-Type` field of the response.
    package func appendContentType(to buffer: inout OutputBuffer) {
        buffer.append("Content-Type: multipart/byteranges; boundary=")
        appendBoundary(to: &buffer)
        buffer.append("\r\n")
    }

    /// What stands before the bytes of each range.
    /// - Parameters:
    ///   - contentType: of the representation.
    ///   - byteCount: of the whole representation.
    package func appendPartHead(
        for range: Range<Int>, of byteCount: Int, contentType: Span<UInt8>,
        to buffer: inout OutputBuffer
    ) {
        appendDelimiter(to: &buffer)
        buffer.append("\r\n")
        buffer.appendField("Content-Type", contentType)
        buffer.appendContentRange(range, of: byteCount)
        buffer.append("\r\n")
    }

    /// What stands behind the bytes of the last range.
    package func appendEnd(to buffer: inout OutputBuffer) {
        appendDelimiter(to: &buffer)
        buffer.append("--\r\n")
    }

    /// The `Content-Length` of the response: all parts with their heads, and the end.
    package func contentLength(
        of ranges: [Range<Int>], of byteCount: Int, contentType: Span<UInt8>
    ) -> Int {
        var framing = OutputBuffer()
        for range in ranges {
            appendPartHead(for: range, of: byteCount, contentType: contentType, to: &framing)
        }
        appendEnd(to: &framing)
        return ranges.reduce(framing.count) { $0 + $1.count }
    }

    /// The line end before the dashes belongs to the delimiter, before the first part too.
    private func appendDelimiter(to buffer: inout OutputBuffer) {
        buffer.append("\r\n--")
        appendBoundary(to: &buffer)
    }

    private func appendBoundary(to buffer: inout OutputBuffer) {
        buffer.append(hex: boundary.high)
        buffer.append(hex: boundary.low)
    }
}

extension OutputBuffer {
    /// `Content-Range` of a 206 (RFC 9110 §14.4).
    /// - Precondition: `range` is not empty.
    package mutating func appendContentRange(_ range: Range<Int>, of byteCount: Int) {
        precondition(!range.isEmpty, "an empty range has no last position")
        append("Content-Range: bytes ")
        append(decimal: range.lowerBound)
        append(UInt8(ascii: "-"))
        append(decimal: range.upperBound - 1)
        append(UInt8(ascii: "/"))
        append(decimal: byteCount)
        append("\r\n")
    }

    /// `Content-Range` of a 416.
    package mutating func appendContentRange(unsatisfiedOf byteCount: Int) {
        append("Content-Range: bytes */")
        append(decimal: byteCount)
        append("\r\n")
    }
}
