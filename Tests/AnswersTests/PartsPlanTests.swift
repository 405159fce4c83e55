import Answers
import HTTP
import HTTPServer
import Testing

@Suite struct PartsPlanTests {
    @Test func aMultipartAnswerIsAsLongAsItSays() throws {
        let content = Array("0123456789".utf8)
        let plan = PartsPlan(
            [0..<2, 7..<10], of: content.count,
            fieldLines: Array("Content-Type: image/jpeg\r\nETag: \"t\"\r\n".utf8),
            from: MemorySource(content))
        var body: [UInt8] = []
        for piece in plan.pieces {
            switch piece {
            case .bytes(let bytes): body += bytes
            case .content(_, let range): body += content[range]
            }
        }
        #expect(body.count == plan.byteCount)
        let fields = plan.fieldLines.text
        let boundary = try #require(
            fields.firstMatch(of: /multipart\/byteranges; boundary=(\S+)\r\n/)?.output.1)
        #expect(fields.contains("ETag: \"t\"\r\n") && !fields.contains("image/jpeg"))
        let parts = body.text.components(separatedBy: "--\(boundary)")
        #expect(parts.count == 4)
        #expect(parts[1].contains("Content-Range: bytes 0-1/10\r\n"))
        #expect(parts[1].hasSuffix("\r\n\r\n01\r\n"))
        #expect(parts[2].contains("Content-Type: image/jpeg\r\n"))
        #expect(parts[2].hasSuffix("\r\n\r\n789\r\n"))
        #expect(parts[3] == "--\r\n")
    }
}

extension String {
    /// Between each `separator` and the next.
    fileprivate func components(separatedBy separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
