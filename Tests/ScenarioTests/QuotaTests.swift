import Foundation
import TestSupport
import Testing

/// Clients that ask for more than they may have.
@Suite struct QuotaTests {
    private func refusals(_ edge: Edge, _ quota: String) throws -> Double? {
        try edge.metrics()["pollex_quota_refusals_total{quota=\"\(quota)\"}"]
    }

    /// Until one is refused; how many were not.
    private func ask(
        _ edge: Edge, _ target: String, _ fields: [String] = [], atMost count: Int
    ) throws -> (admitted: Int, refused: Answer?) {
        for number in 0..<count {
            let answer = try edge.ask("GET", target, fields)
            if answer.status == 429 { return (number, answer) }
        }
        return (count, nil)
    }

    private func expectRefusal(_ answer: Answer?, _ seconds: ClosedRange<Int>) throws {
        let answer = try #require(answer)
        answer.expectProblem(429)
        let wait = try #require(answer["retry-after"].flatMap { Int($0) })
        #expect(seconds.contains(wait), "\(answer)")
        #expect(answer["cache-control"] == "no-store")
    }

    @Test func requestsOfAnAddressAreLimited() throws {
        let edge = try Edge(settings: ["QUOTAS_ADDRESS_REQUESTS_PER_SECOND": "2"])
        let (admitted, refused) = try ask(edge, "/images", atMost: 2000)
        #expect(admitted >= 20)
        try expectRefusal(refused, 1...1)
        #expect(try refusals(edge, "address_requests") == 1)
        // Not what was not named.
        let hash = String(repeating: "ab", count: 32)
        #expect(try ask(edge, "/originals/\(hash)", atMost: 40).refused == nil)
        #expect(try edge.ask("OPTIONS", "/images").status == 204)
        // A second later there is room.
        #expect(try edge.waits { try edge.ask("/images").status == 200 })
    }

    @Test func requestsOfATokenAreLimited() throws {
        let edge = try Edge(settings: [
            "QUOTAS_TOKEN_REQUESTS_PER_SECOND": "1",
            "AUTH_TOKENS":
                "[{sha256:'\(contentHash(Array("one".utf8)))',scopes:['read']},"
                + "{sha256:'\(contentHash(Array("two".utf8)))',scopes:['read']}]",
        ])
        let (admitted, refused) = try ask(
            edge, "/images", ["Authorization: Bearer one"], atMost: 1000)
        #expect(admitted >= 10)
        try expectRefusal(refused, 1...1)
        #expect(try refusals(edge, "token_requests") == 1)
        #expect(try edge.ask("GET", "/images", ["Authorization: Bearer two"]).status == 200)
        #expect(try edge.ask("/images").status == 200)
    }

    @Test func deliveryIsLimitedWhenAskedFor() throws {
        let edge = try Edge(settings: ["QUOTAS_DELIVERY_REQUESTS_PER_SECOND": "2"])
        let hash = try edge.upload(try Photos.small(1))
        let (admitted, refused) = try ask(edge, "/thumbs/50x50/\(hash).jpg", atMost: 2000)
        #expect(admitted >= 20)
        try expectRefusal(refused, 1...1)
        #expect(try edge.ask("/images").status == 200)
        #expect(try refusals(edge, "delivery_requests") == 1)
    }

    @Test(arguments: ["image/jpeg", "multipart/form-data; boundary=b"])
    func bytesOfADayAreLimited(type: String) throws {
        let edge = try Edge(settings: ["QUOTAS_ADDRESS_BYTES_PER_DAY": "20000"])
        let photo = try Photos.small(1)
        try #require(photo.count < 10_000)
        #expect(try edge.ask("POST", "/images", body: photo).status == 201)
        // Refused before it is sent, where it says its length …
        let connection = try edge.connection()
        let fields = ["Content-Type: \(type)", "Expect: 100-continue"]
        try connection.send(Edge.head("POST", "/images", fields, bodyCount: 20_000))
        try expectRefusal(try connection.readAnswer(), 1...86_400)
        // … and on the way where not; of that nothing is kept.
        let files = edge.folder.storedFiles
        let chunked = try edge.connection()
        let disposition = "Content-Disposition: form-data; name=\"f\"; filename=\"f\""
        let start = type == "image/jpeg" ? [] : Array("--b\r\n\(disposition)\r\n\r\n".utf8)
        let body = start + photo + [UInt8](repeating: 0, count: 20_000)
        try chunked.send(
            "POST /images HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n\(String(body.count, radix: 16))\r\n")
        try? chunked.send(body)
        try expectRefusal(try chunked.readAnswer(), 1...86_400)
        #expect(edge.waits { edge.folder.storedFiles == files })
        #expect(try refusals(edge, "address_bytes") == 2)
        #expect(try edge.ask("/images").status == 200)
    }
}
