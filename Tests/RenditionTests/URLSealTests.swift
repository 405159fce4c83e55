import Rendition
import Testing

@Suite struct URLSealTests {
    private func read(_ text: String) -> URLSeal? { URLSeal(in: Array(text.utf8).span) }

    private func bare(_ text: String) -> String? {
        let target = Array(text.utf8)
        return read(text)?.withBare(of: target.span) { bare in
            String(decoding: (0..<bare.count).map { bare[$0] }, as: UTF8.self)
        }
    }

    @Test(arguments: [
        ("/a?signature=k.x", "/a", 0), ("/a?fit=cover&signature=k.x", "/a?fit=cover", 0),
        ("/a?expires=9&signature=k.x", "/a", 9),
        ("/a?expires=999999999999&fit=cover&signature=k.x", "/a?fit=cover", 999_999_999_999),
        ("/a?dpr=2&expires=9&fit=cover&signature=k.x&trim=5", "/a?dpr=2&fit=cover&trim=5", 9),
        ("/a?expires=9&signature=k.x&trim=5", "/a?trim=5", 9),
        ("/a?signature=k.x&trim=5", "/a?trim=5", 0),
        ("/a?dpr=2&expires=9&signature=k.x", "/a?dpr=2", 9),
        ("/a?fit=cover&signature=", "/a?fit=cover", 0),
    ])
    func standsInTheOrderOfTheAlphabet(text: String, bare expected: String, expires: Int) throws {
        let seal = try #require(read(text))
        #expect(bare(text) == expected && seal.expires == expires)
    }

    /// Nothing of these is verified as it stands.
    @Test(arguments: [
        "", "?", "/a", "/a?fit=cover", "/a?signature", "/asignature=k.x", "/a&signature=k.x",
        "/a?fit=cover?signature=k.x", "/a?trim=5&signature=k.x", "/a?signature=k%2Ex",
        "/a?fit=cover&expires=9&signature=k.x", "/a?signature=k.x&expires=9",
        "/a?expires=9?signature=k.x", "/a?Signature=k.x", "/a?signature=k./x", "/a?expires=9",
        "/a?signature=k.x&signature=k.x", "/a?expires=9&expires=9&signature=k.x",
        "/a?signature=k.x&", "/a?&signature=k.x",
    ])
    func standsNowhereElse(text: String) { #expect(read(text) == nil) }

    @Test(arguments: ["0", "09", "-9", "+9", "9.0", "", "9999999999999", "9x"])
    func aTimeIsPlainSeconds(digits: String) throws {
        #expect(URLSeal.seconds(Array(digits.utf8).span) == nil)
        #expect(read("/a?expires=\(digits)&signature=k.x") == nil)
    }

    @Test func whatIsLongerThanAnyCanonicalTargetHasNone() {
        let long = String(repeating: "x", count: 400)
        #expect(bare("/\(long)?signature=k.x&trim=5") == nil)
        #expect(bare("/\(long)?signature=k.x") == "/\(long)")
    }
}
