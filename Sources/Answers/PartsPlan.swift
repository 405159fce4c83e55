internal import HTTP
package import HTTPServer

/// A `multipart/byteranges` answer: its own field lines, and its content in order.
package struct PartsPlan {
    package let fieldLines: [UInt8]
    package let byteCount: Int
    package let pieces: [Response.Piece]

    /// - Parameter fieldLines: those of the whole representation; its `Content-Type` moves into
    ///   the parts.
    package init(
        _ ranges: [Range<Int>], of byteCount: Int, fieldLines: [UInt8],
        from source: any BodySource & Sendable
    ) {
        let multipart = MultipartByteRanges(
            boundary: (UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max)))
        let (type, others) = Self.separateContentType(fieldLines)
        var lines = OutputBuffer()
        multipart.appendContentType(to: &lines)
        lines.append(others.span)
        var pieces: [Response.Piece] = []
        var count = 0
        for range in ranges {
            var partHead = OutputBuffer()
            multipart.appendPartHead(
                for: range, of: byteCount, contentType: type.span, to: &partHead)
            pieces.append(.bytes(partHead.copy()))
            pieces.append(.content(source, range))
            count += partHead.count + range.count
        }
        var end = OutputBuffer()
        multipart.appendEnd(to: &end)
        pieces.append(.bytes(end.copy()))
        self.fieldLines = lines.copy()
        self.byteCount = count + end.count
        self.pieces = pieces
    }

    /// Field lines begin with `Content-Type`, by the one who made them.
    private static func separateContentType(_ lines: [UInt8]) -> (type: [UInt8], others: [UInt8]) {
        let name = Array("Content-Type: ".utf8)
        guard lines.starts(with: name), let end = lines.firstIndex(of: UInt8(ascii: "\r"))
        else { preconditionFailure("field lines without a type") }
        return (Array(lines[name.count..<end]), Array(lines[(end + 2)...]))
    }
}
