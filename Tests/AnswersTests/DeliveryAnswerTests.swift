import Answers
import HTTP
import Testing

@Suite struct DeliveryAnswerTests {
    private static func words(_ fields: String...) -> String {
        let head =
            fields.count == 2 ? Head("GET", fields[0], fields[1]) : Head("GET", fields[0])
        let etag = Array("\"tag\"".utf8)
        let answer = DeliveryAnswer(
            to: head.head, in: head.bytes.span, etag: etag.span,
            lastModified: HTTPDate(secondsSince1970: 1_700_000_000), byteCount: 100)
        return switch answer {
        case .whole: "whole"
        case .part(let range): "\(range)"
        case .parts(let ranges): "\(ranges)"
        case .notModified: "not modified"
        case .preconditionFailed: "failed"
        case .unsatisfiable: "unsatisfiable"
        }
    }

    @Test(arguments: [
        ("Accept: */*", "whole"), ("Range: bytes=10-19", "10..<20"),
        ("Range: bytes=0-0,-2", "[Range(0..<1), Range(98..<100)]"),
        ("Range: bytes=100-", "unsatisfiable"), ("If-None-Match: \"tag\"", "not modified"),
        ("If-Match: \"other\"", "failed"),
        ("If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT", "not modified"),
    ])
    func conditionsComeBeforeRanges(field: String, expected: String) {
        #expect(Self.words(field) == expected)
    }

    @Test func aPartOfWhatHasChangedIsTheWhole() {
        #expect(Self.words("Range: bytes=0-9", "If-Range: \"tag\"") == "0..<10")
        #expect(Self.words("Range: bytes=0-9", "If-Range: \"other\"") == "whole")
        #expect(Self.words("Range: bytes=0-9", "If-None-Match: \"tag\"") == "not modified")
    }
}
