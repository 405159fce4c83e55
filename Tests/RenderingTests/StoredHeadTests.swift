@testable import Rendering
import Rendition
import Testing

@Suite struct StoredHeadTests {
    private static let head = StoredHead(
        format: .webp, width: 640, height: 480, createdAtMicroseconds: 1_700_000_000_000_001,
        target: Array("/thumbs/640x/a.webp".utf8))
    private static let lines = Array("Content-Type: image/webp\r\nETag: \"x\"\r\n".utf8)

    @Test func whatIsWrittenIsRead() throws {
        let bytes = Self.head.encoded(with: Self.lines)
        let read = try #require(StoredHead(bytes))
        #expect(read.format == .webp && read.width == 640 && read.height == 480)
        #expect(read.createdAtMicroseconds == Self.head.createdAtMicroseconds)
        #expect(read.target == Self.head.target)
        let span = bytes.span
        let offset = unsafe StoredHead.fieldLinesOffset(span.bytes)
        #expect(Array(bytes[offset...]) == Self.lines)
    }

    @Test func whatIsCutOrOfAnotherVersionIsNone() {
        let bytes = Self.head.encoded(with: [])
        for count in 0..<bytes.count { #expect(StoredHead(Array(bytes[..<count])) == nil) }
        for (offset, value) in [(0, 2), (1, 250)] {
            var other = bytes
            other[offset] = UInt8(value)
            #expect(StoredHead(other) == nil)
        }
    }

    @Test func nothingWasChangedLaterThanNow() {
        let lines = Array("Content-Type: a\r\nLast-Modified: x\r\nETag: b\r\n".utf8)
        #expect(StoredHead.notAhead(lines, lastModified: 0) == lines)
        let ahead = StoredHead.notAhead(lines, lastModified: 4_000_000_000)
        let text = String(decoding: ahead, as: UTF8.self)
        #expect(text.contains(/Content-Type: a\r\nLast-Modified: \w{3}, .* GMT\r\nETag: b\r\n/))
    }
}
