import Foundation
import Testing

@testable import HTTP

@Suite struct ProblemTests {
    @Test func writesAllMembers() {
        let problem = Problem(
            status: .notFound, type: "/problems/unknown", title: "Unknown image",
            detail: "No such hash.",
            instance: "/images/ab", requestID: "01J")
        #expect(
            OutputBuffer.written { problem.append(to: &$0) } == """
                {"type":"/problems/unknown","title":"Unknown image","status":404,\
                "detail":"No such hash.","instance":"/images/ab","requestID":"01J"}

                """)
    }

    @Test func leavesOutWhatIsNotKnown() {
        let text = OutputBuffer.written { Problem(status: .gone).append(to: &$0) }
        #expect(text == "{\"type\":\"about:blank\",\"title\":\"Gone\",\"status\":410}\n")
        let failed = OutputBuffer.written { Problem(.missingHost).append(to: &$0) }
        #expect(failed.contains("\"detail\":\"An HTTP/1.1 request needs a Host field.\""))
    }

    @Test func escapesSoThatAJSONReaderGetsTheSameText() throws {
        let all = String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init)))
        let detail = all + "</script>\u{2028}\u{FFFF}😀\"\\"
        let text = OutputBuffer.written { Problem(status: .gone, detail: detail).append(to: &$0) }
        #expect(text.utf8.dropLast().allSatisfy { $0 >= 32 && $0 != 127 })
        let read = try JSONDecoder().decode([String: Member].self, from: Data(text.utf8))
        #expect(read["detail"] == .text(detail))
        #expect(read["status"] == .number(410))
    }

    private enum Member: Decodable, Equatable {
        case text(String), number(Int)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }
}
