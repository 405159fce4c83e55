import Testing

@testable import HTTP

@Suite struct MultipartByteRangesTests {
    private static let parts = MultipartByteRanges(boundary: (high: 0xAB, low: .max))
    private static let boundary = "00000000000000abffffffffffffffff"
    private static let type = Array("image/png".utf8)

    @Test func writesTheFramingOfRFC9110() {
        #expect(
            OutputBuffer.written { Self.parts.appendContentType(to: &$0) }
                == "Content-Type: multipart/byteranges; boundary=\(Self.boundary)\r\n")
        let head = OutputBuffer.written {
            Self.parts.appendPartHead(
                for: 500..<1000, of: 8000, contentType: Self.type.span, to: &$0)
        }
        #expect(
            head == "\r\n--\(Self.boundary)\r\nContent-Type: image/png\r\n"
                + "Content-Range: bytes 500-999/8000\r\n\r\n")
        #expect(
            OutputBuffer.written { Self.parts.appendEnd(to: &$0) } == "\r\n--\(Self.boundary)--\r\n"
        )
    }

    @Test func countsEveryByte() {
        let ranges = [0..<1, 10..<500, 99_999..<123_456]
        let body = OutputBuffer.written { buffer in
            for range in ranges {
                Self.parts.appendPartHead(
                    for: range, of: 123_456, contentType: Self.type.span, to: &buffer)
                for _ in range { buffer.append(UInt8(ascii: "x")) }
            }
            Self.parts.appendEnd(to: &buffer)
        }
        let length = Self.parts.contentLength(of: ranges, of: 123_456, contentType: Self.type.span)
        #expect(length == body.utf8.count)
    }

    @Test func writesContentRanges() {
        #expect(
            OutputBuffer.written { $0.appendContentRange(0..<1, of: 1) }
                == "Content-Range: bytes 0-0/1\r\n")
        #expect(
            OutputBuffer.written { $0.appendContentRange(unsatisfiedOf: 47) }
                == "Content-Range: bytes */47\r\n")
    }
}
