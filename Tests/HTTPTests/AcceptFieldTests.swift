import Testing

@testable import HTTP

@Suite struct AcceptFieldTests {
    static let chrome = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
    static let safari = "image/webp,image/avif,video/*;q=0.8,image/png,image/*;q=0.8,*/*;q=0.5"

    private static func isNamed(_ type: StaticString, _ parsed: ParsedHead) -> Bool {
        AcceptField.names(type, for: parsed.head, in: parsed.bytes.span)
    }

    private static func weight(_ type: StaticString, _ parsed: ParsedHead) -> Int {
        AcceptField.weight(of: type, for: parsed.head, in: parsed.bytes.span)
    }

    @Test(arguments: [
        (chrome, 1000, true), (safari, 1000, true), ("*/*", 1000, false), ("image/*", 1000, false),
        ("image/avif", 1000, true), ("IMAGE/Avif", 1000, true), ("image/avif;q=0.5", 500, true),
        ("image/avif ; q=0.123", 123, true), ("image/avif;Q=1.000", 1000, true),
        ("image/avif;q=1.", 1000, true),
        ("image/avif;q=0", 0, false), ("image/avif;q=0.000", 0, false),
        ("image/avif;q=0, */*", 0, false),
        ("image/avif;q=0.2, image/*;q=0.9", 200, true), ("image/*;q=0.3, */*;q=0.9", 300, false),
        ("*/*;q=0.1, image/*", 1000, false), ("image/avif;q=0.5;ext=1", 500, true),
        ("image/avif;", 1000, true),
        ("image/avif;;q=0.5", 500, true), ("a/b;c=\"image/avif,\", text/html", 0, false),
        ("image/avif;q=0.1, image/avif;q=0.7", 700, true), ("text/html, image/avif", 1000, true),
        ("image/avif-sequence", 0, false), ("image/avi", 0, false), ("avif", 0, false),
        ("", 0, false),
        ("image/png", 0, false), ("*", 0, false), ("*/avif", 0, false), ("images/*", 0, false),
        ("imag/*", 0, false),
        ("/*", 0, false), ("image/avif;codecs=x", 0, false),
        ("image/avif;codecs=x, image/*;q=0.4", 400, false),
        ("image/avif;q=2", 0, false), ("image/avif;q=1.001", 0, false),
        ("image/avif;q=0.1234", 0, false),
        ("image/avif;q=-1", 0, false), ("image/avif;q=", 0, false), ("image/avif;q=.5", 0, false),
        ("image/avif;q=0.5x", 0, false), ("image/avif q=1", 0, false),
        ("image/avif;q =1", 0, false),
        (", ,image/avif,,", 1000, true), ("image/avif/*", 0, false), ("*/*;q=0.001", 1, false),
    ])
    func weighsAVIF(value: String, weight: Int, isNamed: Bool) throws {
        let bytes = Array(value.utf8)
        #expect(AcceptField.weight(of: "image/avif", in: bytes.span) == weight)
        let found = AcceptField.names("image/avif", in: bytes.span)
        #expect(found == isNamed)
        let parsed = try #require(ParsedHead(fields: ["Accept: \(value)"]))
        #expect(Self.weight("image/avif", parsed) == weight)
        #expect(Self.isNamed("image/avif", parsed) == isNamed)
    }

    @Test func readsAllLines() throws {
        let parsed = try #require(
            ParsedHead(fields: ["Accept: */*;q=0.5", "Accept: image/avif;q=0.6", "Accept: image/*"])
        )
        #expect(
            Self.weight("image/avif", parsed) == 600)
        #expect(
            Self.weight("image/webp", parsed) == 1000)
        #expect(Self.weight("text/html", parsed) == 500)
        #expect(Self.isNamed("image/avif", parsed))
    }

    @Test func acceptsEverythingWithoutTheField() throws {
        let parsed = try #require(ParsedHead(fields: []))
        #expect(
            Self.weight("image/avif", parsed) == 1000)
        #expect(!Self.isNamed("image/avif", parsed))
    }
}
