import Testing

@testable import HTTP

@Suite struct ChunkedDecoderTests {
    private static func chunks(_ text: String) -> Chunks { Chunks(Array(text.utf8)) }

    @Test(arguments: [
        ("5\r\nhello\r\n0\r\n\r\n", "hello"), ("0\r\n\r\n", ""), ("000\r\n\r\n", ""),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("0005\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
        ("5\r\n\r\n\r\n0\r\n0\r\n\r\n", "\r\n\r\n0"),
        ("2;a\r\nhi\r\n0;b=c\r\n\r\n", "hi"), ("2; a ; b = c\r\nhi\r\n0\r\n\r\n", "hi"),
        ("2\t;\ta\r\nhi\r\n0\r\n\r\n", "hi"), ("2;a=\"b c;\\\"\\\\é\"\r\nhi\r\n0\r\n\r\n", "hi"),
        ("2;a=\"\";b\r\nhi\r\n0\r\n\r\n", "hi"), ("2;a=\"x\" ;b\r\nhi\r\n0\r\n\r\n", "hi"),
        ("0\r\nA: b\r\nContent-Length: 9\r\nC:\r\n\r\n", ""),
    ])
    func takesTheCodingOff(body: String, content: String) {
        let chunks = Self.chunks(body + "GET")
        #expect(chunks.error == nil)
        #expect(chunks.isFinished)
        #expect(String(decoding: chunks.content, as: UTF8.self) == content)
        #expect(chunks.consumed == body.utf8.count)
    }

    @Test(arguments: [
        "\r\n", "g\r\n", " 5\r\n", "5 \r\n", "5\t\r\n", "+5\r\n", "-5\r\n", "0x5\r\n", "5_0\r\n",
        "5\n",
        "5\rx", "5\r\r\n", "5\r\nhelloo", "5\r\nhello\n", "5\r\nhello\rx", "5\r\nhello0\r\n",
        ";a\r\n",
        "5;\r\n", "5; \r\n", "5;a=\r\n", "5;a= \r\n", "5;a \r\n", "5;a b\r\n", "5;a\n", "5;a\rb",
        "5;=b\r\n",
        "5;a=b c\r\n", "5;a=\"\r", "5;a=\"\n", "5;a=\"b\"c\r\n", "5;a=\"b\" \r\n", "5;a=\"\\\r",
        "5;a=\"\0",
        "5;;a\r\n", "5;a=b=c\r\n", "5;a\0\r\n", "5,a\r\n", "5\0\r\n", "5;é\r\n",
    ])
    func refusesMalformedFraming(body: String) {
        #expect(Self.chunks(body).error == .malformedChunk)
    }

    @Test(arguments: [
        "0\r\nA\r\n", "0\r\nA b: c\r\n", "0\r\n a: b\r\n", "0\r\n: b\r\n", "0\r\nA : b\r\n",
        "0\r\nA: \0",
        "0\r\nA: b\n", "0\r\nA: b\rc", "0\r\nA: b\r\n c\r\n", "0\r\n\rx", "0\r\n\n",
        "0\r\nGET / HTTP/1.1\r\n",
    ])
    func refusesMalformedTrailers(body: String) {
        #expect(Self.chunks(body).error == .malformedTrailer)
    }

    @Test func boundsSizes() {
        #expect(Self.chunks("fffffffffffffff\r\n").error == nil)
        #expect(Self.chunks("1000000000000000\r\n").error == .chunkTooLarge)
        #expect(Self.chunks("ffffffffffffffffffffffffffffff").error == .chunkTooLarge)
        #expect(HTTPError.chunkTooLarge.status == .contentTooLarge)
        let zeros = String(repeating: "0", count: 1000)
        #expect(Self.chunks("\(zeros)fffffffffffffff\r\n").error == nil)
    }

    @Test func boundsWhatIsNotContent() {
        let long = String(repeating: "x", count: 16_383)
        #expect(Self.chunks("1;\(long)\r").error == .chunkOverheadTooLarge)
        #expect(Self.chunks(String(repeating: "0", count: 20_000)).error == .chunkOverheadTooLarge)
        #expect(Self.chunks("1;a=\"\(long)").error == .chunkOverheadTooLarge)
        let small = String(repeating: "1;abcdefgh\r\nx\r\n", count: 2200)
        #expect(Self.chunks(small).error == .chunkOverheadTooLarge)
        #expect(
            Self.chunks("0\r\nA: \(String(repeating: "x", count: 8200))").error == .trailersTooLarge
        )
        let many = String(repeating: "A: b\r\n", count: 2000)
        #expect(Self.chunks("0\r\n\(many)").error == .trailersTooLarge)
    }

    @Test func toleratesExtensionsInProportionToTheContent() {
        let content = String(repeating: "x", count: 0x100)
        let chunk = "100;signature=\(String(repeating: "s", count: 64))\r\n\(content)\r\n"
        let chunks = Self.chunks(String(repeating: chunk, count: 1000) + "0\r\n\r\n")
        #expect(chunks.error == nil)
        #expect(chunks.content.count == 256_000)
    }

    @Test(arguments: [1, 2, 3, 5, 7, 11])
    func doesNotDependOnHowBytesAreSplit(pieceByteCount: Int) {
        for body in [
            "5;a=\"b\\\"\" ; c\r\nhello\r\n6\r\n world\r\n00\r\nA: b\r\n\r\nnext", "5\r\nhelloo",
            "0\r\nA b", "3\r\nabc\r\n", "1;a=\"",
        ] {
            let bytes = Array(body.utf8)
            #expect(Chunks(bytes, pieceByteCount: pieceByteCount).agrees(with: Chunks(bytes)))
        }
    }
}

extension Chunks {
    /// A failure may be seen after less was consumed.
    func agrees(with other: Chunks) -> Bool {
        content == other.content && isFinished == other.isFinished && error == other.error
            && (error != nil || consumed == other.consumed)
    }
}
