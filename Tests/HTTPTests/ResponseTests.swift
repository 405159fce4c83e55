import Testing

@testable import HTTP

@Suite struct ResponseTests {
    @Test func writesAHead() {
        let head = OutputBuffer.written { buffer in
            buffer.appendStatusLine(.partialContent)
            buffer.appendField("ETag", Array("\"é\"".utf8).span)
            buffer.appendField("Accept-Ranges", "bytes")
            buffer.appendField("Age", decimal: 0)
            buffer.appendField("Date", HTTPDate(secondsSince1970: 784_111_777))
            buffer.appendField("Allow", [.get, .options, .head])
            buffer.appendContentLength(1_234_567)
            buffer.appendEndOfHead()
        }
        #expect(
            head == """
                HTTP/1.1 206 Partial Content\r
                ETag: "é"\r
                Accept-Ranges: bytes\r
                Age: 0\r
                Date: Sun, 06 Nov 1994 08:49:37 GMT\r
                Allow: GET, HEAD, OPTIONS\r
                Content-Length: 1234567\r
                \r

                """)
        #expect(OutputBuffer.written { $0.appendContinue() } == "HTTP/1.1 100 Continue\r\n\r\n")
    }

    @Test func letsNoValueEndItsLine() {
        let value = Array("a\r\nSet-Cookie: b\0\u{7F}\tc".utf8)
        #expect(
            OutputBuffer.written { $0.appendField("X", value.span) }
                == "X: a  Set-Cookie: b   c\r\n")
        #expect(OutputBuffer.written { $0.appendField("X", [UInt8]().span) } == "X: \r\n")
    }

    @Test func hasAPhraseForEveryStatusOfTheErrors() {
        for error in HTTPError.allCases {
            #expect(!error.status.reason.description.isEmpty)
            #expect(!error.reason.description.isEmpty)
            #expect(error.status.rawValue >= 400)
        }
        #expect(Status.ok.reason.description == "OK")
        #expect(Status.insufficientStorage.reason.description == "Insufficient Storage")
        #expect(Status(rawValue: 299)?.reason.description == "")
        #expect(Status(rawValue: 99) == nil)
        #expect(Status(rawValue: 1000) == nil)
        #expect(Status.notModified.forbidsContent && !Status.notFound.forbidsContent)
    }

    @Test(arguments: [
        0, 1, 9, 10, 99, 100, 12345, UInt64(Int64.max), 9_999_999_999_999_999_999, .max,
    ])
    func writesDecimals(number: UInt64) {
        #expect(OutputBuffer.written { $0.append(decimal: number) } == "\(number)")
    }

    @Test func keepsWhatWasWrittenWhileItGrows() {
        var buffer = OutputBuffer(capacity: 0)
        var expected = ""
        for number in 0..<2000 {
            buffer.append(decimal: number)
            buffer.append(", ")
            expected += "\(number), "
        }
        let text = buffer.text
        #expect(text == expected)
        let count = buffer.count
        #expect(count == expected.utf8.count)
        buffer.removeAll()
        let isEmpty = buffer.isEmpty
        #expect(isEmpty)
        buffer.append(contentsOf: "again")
        let again = buffer.text
        #expect(again == "again")
    }

    @Test func allowsOnlyWhatItHolds() {
        let methods: MethodSet = [.get, .put]
        #expect(Method.allCases.filter { methods.allows($0) } == [.get, .put])
        #expect(OutputBuffer.written { $0.appendField("Allow", MethodSet()) } == "Allow: \r\n")
    }
}
