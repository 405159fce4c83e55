import Rendition
import Testing

@Suite struct URLSealTests {
    private func read(_ text: String) -> URLSeal? { URLSeal(endOf: Array(text.utf8).span) }

    @Test(arguments: [
        ("/a?signature=k.x", "/a", "/a", 0),
        ("/a?fit=cover&signature=k.x", "/a?fit=cover", "/a?fit=cover", 0),
        ("/a?expires=9&signature=k.x", "/a", "/a?expires=9", 9),
        (
            "/a?fit=cover&expires=999999999999&signature=k.x", "/a?fit=cover",
            "/a?fit=cover&expires=999999999999", 999_999_999_999
        ),
        ("/a?fit=cover&signature=", "/a?fit=cover", "/a?fit=cover", 0),
    ])
    func standsAtTheEnd(text: String, bare: String, covered: String, expires: Int) throws {
        let seal = try #require(read(text))
        #expect(String(decoding: text.utf8.prefix(seal.bareCount), as: UTF8.self) == bare)
        #expect(String(decoding: text.utf8.prefix(seal.coveredCount), as: UTF8.self) == covered)
        #expect(seal.expires == expires)
    }

    /// Nothing of these is verified: they are redirected, or can not be read.
    @Test(arguments: [
        "", "?", "/a", "/a?fit=cover", "/a?signature", "/asignature=k.x", "/a&signature=k.x",
        "/a?fit=cover?signature=k.x", "/a?signature=k.x&fit=cover", "/a?signature=k%2Ex",
        "/a?expires=9?signature=k.x", "/a?Signature=k.x", "/a?signature=k./x",
        "/a?signature=k." + String(repeating: "x", count: 80),
    ])
    func standsNowhereElse(text: String) { #expect(read(text) == nil) }

    @Test(arguments: ["0", "09", "-9", "+9", "9.0", "", "9999999999999", "9x"])
    func aTimeIsPlainSeconds(digits: String) throws {
        #expect(URLSeal.seconds(Array(digits.utf8).span) == nil)
        let seal = try #require(read("/a?expires=\(digits)&signature=k.x"))
        // Left to be read as an option, which it is not.
        #expect(seal.bareCount == "/a?expires=\(digits)".utf8.count && seal.expires == 0)
    }

    @Test(arguments: [
        ("/a?signature=k.x&fit=cover", "/a?fit=cover&signature=k.x"),
        ("/a?signature=k.x&expires=9", "/a?expires=9&signature=k.x"),
        ("/a?expires=9&fit=cover&signature=k.x", "/a?fit=cover&expires=9&signature=k.x"),
        ("/a?s%69gnature=k%2Ex", "/a?signature=k.x"), ("/a?expires=9", "/a"),
        ("/a?fit=cover&expires=9&quality=5", "/a?fit=cover&quality=5"),
    ])
    func aScatteredSealIsPutInItsPlace(text: String, expected: String) throws {
        let scattered = try #require(try ScatteredSeal(in: Array(text.utf8).span))
        #expect(String(decoding: scattered.sealing(scattered.bare), as: UTF8.self) == expected)
    }

    @Test(arguments: ["/a", "/a?", "/a?fit=cover", "/a?fit=signature", "/signature=k.x"])
    func thereMayBeNone(text: String) throws {
        #expect(try ScatteredSeal(in: Array(text.utf8).span) == nil)
    }

    @Test(arguments: [
        ("/a?expires=9&expires=9", ScatteredSeal.Invalid.duplicate),
        ("/a?signature=k.x&signature=k.x", .duplicate), ("/a?expires=x", .malformedExpires),
        ("/a?expires", .malformedExpires), ("/a?%s", .malformedEscape),
    ])
    func someAreWrong(text: String, expected: ScatteredSeal.Invalid) {
        #expect(throws: expected) { try ScatteredSeal(in: Array(text.utf8).span) }
    }

    @Test(arguments: ["A", "AAAAA", "AB", "AA=", "AA==", "A+", "A/", "AAB"])
    func base64HasOneTextForItsBytes(text: String) { #expect(Base64URL.bytes(text) == nil) }

    @Test func base64IsReadBack() {
        #expect(Base64URL.bytes("") == [])
        #expect(Base64URL.bytes("AA") == [0] && Base64URL.bytes("_-8") == [0xFF, 0xEF])
        let long = String(repeating: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd", count: 3)
        #expect(Base64URL.bytes(long) == Array(repeating: Array(0...29), count: 3).flatMap { $0 })
    }
}
