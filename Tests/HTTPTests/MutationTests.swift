import TestSupport
import Testing

@testable import HTTP

/// Valid and nearly valid bytes, changed at random: nothing traps, and nothing depends on how the
/// bytes arrive.
@Suite struct MutationTests {
    private static let seeds = [
        "GET /thumbs/300x200/ab.jpg?fit=cover HTTP/1.1\r\nHost: a.example:80\r\nAccept: image/avif,"
            + "image/*;q=0.8\r\nRange: bytes=0-9, -5\r\nIf-Range: \"x\"\r\n"
            + "Connection: keep-alive\r\n\r\n",
        "POST /images HTTP/1.1\r\nHost: [::1]:8080\r\nTransfer-Encoding: chunked\r\n"
            + "Expect: 100-continue\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nA: b\r\n\r\n",
        "PUT http://h/originals/x HTTP/1.0\r\nContent-Length: 3\r\nIf-Match: \"a\", W/\"b\", *\r\n"
            + "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\nabc",
        "\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nIf-None-Match: \"a\"\r\n"
            + "If-None-Match: \"b\"\r\nIf-Unmodified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n\r\n",
    ]
    private static let spice = Array("\r\n\0\t :;,=\"\\/*-0159aAfFzZ[]%\u{7F}é".utf8)

    private static func mutated(using random: inout SeededGenerator) -> [UInt8] {
        var bytes = Array((seeds.randomElement(using: &random) ?? "").utf8)
        for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = .random(in: .min ... .max, using: &random)
            case 1: bytes[place] = spice.randomElement(using: &random) ?? 0
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(spice.randomElement(using: &random) ?? 0, at: place)
            default:
                let end = min(bytes.count, place + Int.random(in: 1...30, using: &random))
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            }
        }
        return bytes
    }

    @Test(arguments: 0..<16 as Range<UInt64>)
    func headsAreReadAlikeHoweverTheyArrive(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limits = HeadLimits(targetByteCount: 60, headByteCount: 220, fieldCount: 6)
        for _ in 0..<60 {
            let bytes = Self.mutated(using: &random)
            #expect(Splitting(bytes).disagreement == nil)
            #expect(Splitting(bytes, limits: limits).disagreement == nil)
        }
    }

    @Test(arguments: 0..<16 as Range<UInt64>)
    func everyFieldOfAValidHeadCanBeRead(seed: UInt64) {
        var random = SeededGenerator(seed: 1000 + seed)
        for _ in 0..<300 {
            let bytes = Self.mutated(using: &random)
            guard case .complete(let head) = RequestHead.parse(bytes.span) else { continue }
            #expect(head.byteCount <= bytes.count)
            #expect(head.target.endOffset < head.byteCount)
            for field in KnownField.allCases {
                var count = 0
                head.forEachValue(of: field, in: bytes.span) { value in
                    count += 1
                    for index in value.indices { #expect(value[index].isFieldContent) }
                }
                #expect((count > 1) == head.repeated(field))
                #expect((count > 0) == (head[field] != nil))
            }
            let etag = PreconditionsTests.etag
            _ = Preconditions.evaluate(
                head, in: bytes.span, etag: etag.span, lastModified: PreconditionsTests.lastModified
            )
            _ = RangeRequest.resolve(
                head, in: bytes.span, etag: etag.span, lastModified: nil, byteCount: 10)
            _ = AcceptField.weight(of: "image/avif", for: head, in: bytes.span)
        }
    }

    @Test(arguments: 0..<16 as Range<UInt64>)
    func chunkedBodiesAreReadAlikeHoweverTheyArrive(seed: UInt64) {
        var random = SeededGenerator(seed: 2000 + seed)
        let body = Array(
            "5;a=\"b\\\"c\" ; d\r\nhello\r\nA\r\n0123456789\r\n00\r\nA: b\r\n\r\nGET".utf8)
        for _ in 0..<200 {
            var bytes = body
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = Self.spice.randomElement(using: &random) ?? 0
            }
            let whole = Chunks(bytes)
            for pieceByteCount in [1, 3, 8] {
                #expect(Chunks(bytes, pieceByteCount: pieceByteCount).agrees(with: whole))
            }
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func valuesNeverTrap(seed: UInt64) {
        var random = SeededGenerator(seed: 3000 + seed)
        let etag = PreconditionsTests.etag
        let texts = [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "bytes=0-9, -5, 18446744073709551615-, 5-99999999999999999999", "\"a\", W/\"b\", *, c",
            "image/avif;q=0.123, image/*;a=\"b,c\", */*",
        ]
        for _ in 0..<2000 {
            var bytes = Array((texts.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                if Bool.random(using: &random) {
                    bytes[place] = Self.spice.randomElement(using: &random) ?? 0
                } else {
                    bytes.remove(at: place)
                }
            }
            if let date = HTTPDate(bytes.span) {
                let text = OutputBuffer.written { $0.append(date) }
                #expect(HTTPDate(Array(text.utf8).span) == date)
            }
            _ = RangeRequest.parse(bytes.span, byteCount: 10)
            _ = EntityTag.list(bytes.span, matches: etag.span, by: .weak)
            _ = AcceptField.weight(of: "image/avif", in: bytes.span)
        }
    }
}
