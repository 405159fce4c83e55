import Answers
import HTTP
import HTTPServer
import Rendering
import Rendition
import Testing

@Suite struct ProblemAnswerTests {
    private static func response(_ answer: ProblemAnswer) -> (fields: String, body: String) {
        let response = answer.response(
            instance: "/thumbs/x?token=secret", fieldLines: Array("X: y\r\n".utf8), account: nil)
        guard case .bytes(let body) = response.content else { return ("", "") }
        return (response.fields.text, body.text)
    }

    @Test(
        arguments: [
            (.overloaded(retryAfterSeconds: 7), 503, "Retry-After: 7\r\n"),
            (.timedOut, 503, "Retry-After: 10\r\n"), (.workerLost, 503, "Retry-After: 1\r\n"),
            (.abandoned, 503, "Retry-After: 1\r\n"),
            (.originalUnreadable, 503, "Retry-After: 5\r\n"),
            (.refused(reason: "no", isUnsupportedType: true), 415, "Cache-Control: max-age=60\r\n"),
            (
                .refused(reason: "no", isUnsupportedType: false), 422,
                "Cache-Control: max-age=60\r\n"
            ),
        ] as [(RenditionFailure, UInt16, String)])
    func aFailureSaysWhenToComeAgainOrThatItIsOfNoUse(
        failure: RenditionFailure, status: UInt16, line: String
    ) {
        let answer = ProblemAnswer(failure)
        #expect(answer.status.rawValue == status)
        #expect(answer.detail == failure.detail)
        #expect(Self.response(answer).fields.contains(line))
    }

    @Test(
        arguments: [
            (.unsigned, 403), (.badSignature, 403), (.expired, 410),
        ] as [(URLGate.Refusal, UInt16)])
    func aSealThatDoesNotHoldIsRefused(refusal: URLGate.Refusal, status: UInt16) {
        #expect(ProblemAnswer(refusal).status.rawValue == status)
    }

    @Test func aProblemNamesItsRequestButNoSecretOfIt() throws {
        let (fields, body) = Self.response(.unknownImage)
        #expect(fields.contains("Content-Type: application/problem+json\r\n"))
        #expect(fields.hasSuffix("X: y\r\n"))
        #expect(body.contains("\"status\":404"))
        #expect(!body.contains("secret"))
        let id = try #require(fields.firstMatch(of: /X-Request-Id: ([0-9a-f]{16})\r\n/))
        #expect(body.contains("\(id.output.1)"))
    }
}
