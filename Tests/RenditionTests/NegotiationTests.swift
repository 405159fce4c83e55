import HTTP
import Rendition
import TestSupport
import Testing

@Suite struct NegotiationTests {
    @Test(arguments: [
        (
            "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
            FormatChoice.explicit(.avif)
        ),
        ("image/webp,*/*;q=0.8", .explicit(.webp)),
        ("image/webp;q=0.9, image/avif;q=0.1", .explicit(.avif)),
        ("IMAGE/WebP", .explicit(.webp)), (",, ,image/webp,,", .explicit(.webp)),
        ("image/avif;q=0.000,image/webp;q=1.000", .explicit(.webp)),
        ("image/webp;q=0", .fallback), ("image/avif;Q=0", .fallback),
        ("*/*", .fallback), ("image/*", .fallback), ("", .fallback),
        ("image/png,image/jpeg", .fallback), ("text/webp", .fallback),
        ("image/webpx", .fallback), ("ximage/webp", .fallback),
        // A malformed range names nothing.
        ("image/webp;q=2", .fallback), ("image/webp;q=0.1234", .fallback),
        ("image/webp;q=", .fallback), ("image/webp;q=-1", .fallback),
        ("image/webp image/avif", .fallback), ("image/webp;q=\"1\"", .fallback),
    ])
    func choosesWhatIsNamed(accept: String, expected: FormatChoice) {
        #expect(choose(Array(accept.utf8)) == expected)
    }

    /// For a request with that field; `nil` when there can be no such request.
    private func choose(
        _ accept: [UInt8], _ enabled: EnumSet<OutputFormat> = [.avif, .webp]
    ) -> FormatChoice? {
        let bytes =
            Array("GET / HTTP/1.1\r\nHost: a\r\nAccept: ".utf8) + accept
            + Array("\r\n\r\n".utf8)
        guard case .complete(let head) = RequestHead.parse(bytes.span, limits: HeadLimits())
        else { return nil }
        return Negotiation.choose(for: head, in: bytes.span, enabled: enabled)
    }

    @Test func takesNoFormatThatIsNotEnabled() {
        let accept = Array("image/avif,image/webp".utf8)
        #expect(choose(accept, [.webp]) == .explicit(.webp) && choose(accept, []) == .fallback)
    }

    @Test func readsEveryAcceptFieldOfARequest() throws {
        let text = "GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\naccept: image/webp\r\n\r\n"
        let bytes = Array(text.utf8)
        guard case .complete(let head) = RequestHead.parse(bytes.span, limits: HeadLimits()) else {
            Issue.record("not a head")
            return
        }
        let found = Negotiation.choose(for: head, in: bytes.span, enabled: [.avif, .webp])
        let neither = Negotiation.choose(for: head, in: bytes.span, enabled: [.avif])
        #expect(found == .explicit(.webp) && neither == .fallback)
    }

    @Test func theFallbackDependsOnAlpha() {
        #expect(FormatChoice.fallback.resolved(hasAlpha: true) == .png)
        #expect(FormatChoice.fallback.resolved(hasAlpha: false) == .jpeg)
        #expect(FormatChoice.explicit(.avif).resolved(hasAlpha: true) == .avif)
        #expect(FormatChoice.negotiated.resolved(hasAlpha: true) == nil)
    }

    @Test(arguments: UInt64(0)..<8)
    func anyBytesAreReadWithoutATrap(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let letters = Array("image/webp;q=0.5,\"\\ \u{0}".utf8)
        for _ in 0..<500 {
            let field = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? 0
            }
            #expect(choose(field) != .negotiated)
        }
    }
}
