import Testing

@testable import HTTP

/// Other servers' verdicts on raw requests. Rows whose verdict is `either` are only read.
@Suite(.enabled(if: !RawRequest.all.isEmpty, "the corpus of raw requests is not here"))
struct CorpusTests {
    @Test(arguments: RawRequest.all)
    func agreesWithTheVerdict(raw: RawRequest) {
        let reading = Reading(Self.withCanary(raw.bytes))
        switch raw.verdict {
        // A target is ASCII (RFC 9112 §3.2); others take more.
        case "accept" where Self.hasForeignTarget(raw.bytes):
            #expect(reading == .failed(.malformedTarget))
        case "accept":
            guard case .request(let method, _, _) = reading else {
                Issue.record("\(reading)")
                return
            }
            #expect(method != .unknown)
        case "reject":
            switch reading {
            case .failed, .request(.unknown, _, _): break
            default: Issue.record("\(reading)")
            }
        case "wait": #expect(Reading(raw.bytes) == .incomplete)
        default: break
        }
    }

    @Test(arguments: RawRequest.all)
    func doesNotDependOnHowBytesAreSplit(raw: RawRequest) {
        #expect(Splitting(raw.bytes).disagreement == nil)
    }

    private static func hasForeignTarget(_ bytes: [UInt8]) -> Bool {
        bytes.prefix { $0 != UInt8(ascii: "\r") }.contains { $0 >= 0x80 }
    }

    /// A request that stops short of its end shows so by what is read from the next one.
    private static func withCanary(_ bytes: [UInt8]) -> [UInt8] {
        bytes + Array("GET /ok HTTP/1.1\r\nHost: canary\r\n\r\n".utf8)
    }
}
